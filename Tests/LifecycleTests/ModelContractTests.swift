import Lifecycle
import Testing

@Suite("the compatibility gate")
struct ModelContractTests {
    private let stable = ModelContract(
        inputView: "text", task: "classification", labels: ["attack", "normal"])

    @Test("equal contracts pass, whatever the order of labels, and what is not known too")
    func passes() {
        #expect(stable.differences(from: stable).isEmpty)
        let swapped = ModelContract(
            inputView: "text", task: "classification", labels: ["normal", "attack"])
        #expect(swapped.differences(from: stable).isEmpty)
        let unknown = ModelContract(inputView: nil, task: nil, labels: nil)
        #expect(unknown.differences(from: stable).isEmpty)
        #expect(stable.differences(from: unknown).isEmpty)
    }

    @Test("each difference is told")
    func differences() {
        let other = ModelContract(inputView: "fields", task: "regression", labels: ["attack"])
        #expect(
            other.differences(from: stable) == [
                "it reads fields, the stable version text",
                "its task is regression, the stable version's classification",
                "its labels are attack, the stable version's attack, normal",
            ])
    }
}
