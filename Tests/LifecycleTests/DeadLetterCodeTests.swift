import Lifecycle
import Testing

@Suite("DeadLetterCode")
struct DeadLetterCodeTests {
    @Test(
        "who causes each reason: what is in a request is its client's, all else the operators'",
        arguments: DeadLetterCode.allCases)
    func causes(code: DeadLetterCode) {
        let ofClients: Set<DeadLetterCode> = [
            .tooLarge, .notUTF8, .tooDeep, .duplicateField, .missingField, .wrongType,
            .badLine, .crashedWorker,
        ]
        #expect((code.cause == .clients) == ofClients.contains(code))
    }

    @Test("words are as headers and filters have them", arguments: DeadLetterCode.allCases)
    func words(code: DeadLetterCode) {
        #expect(
            code.rawValue.allSatisfy { $0.isASCII && ($0.isLowercase || $0 == "_" || $0.isNumber) })
        #expect(DeadLetterCode(rawValue: code.rawValue) == code)
    }

    @Test("what a version finds is not found reading")
    func reading() {
        #expect(
            DeadLetterCode.allCases.filter { !$0.isFoundReading }
                == [.inputUnfit, .scoreNotFinite, .crashedWorker])
    }
}
