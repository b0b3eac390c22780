import Lifecycle
import Testing

@testable import Verification
@testable import swerve

@Suite("what swerve labels says")
struct LabelsTextTests {
    @Test("of 20,000 records with two labels each is counted, and ten are named")
    func counted() throws {
        var book = LabelBook()
        for number in 0..<20_000 {
            for label in ["attack", "normal"] {
                _ = book.add(LabelRecord(.id("r-\(number)"), label: label))
            }
        }
        let text = LabelsText(
            report: LabelReport(book: book), scores: LabelScores(book) { _ in nil },
            model: try ModelName("m"), trial: nil)
        let lines = text.lines.joined(separator: " ")
        #expect(lines.contains("20000 records with more than one label, left out: 'r-0', 'r-1', "))
        #expect(lines.contains("… 19990 more"), "\(lines)")
        let told = text.document["contradictions"]
        #expect(told?["count"] == 20_000 && told?["first"]?.array?.count == 100)
    }
}
