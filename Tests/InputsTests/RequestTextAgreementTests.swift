import Foundation
import Inputs
import Scoring
import TestSupport
import Testing

@Suite("The text of real requests", .enabled(if: SharedData.isPresent, "\(SharedData.absence)"))
struct RequestTextAgreementTests {
    @Test(
        "agrees with the rule as anybody would write it",
        arguments: [("csic.test", 6_915), ("fwafbad.all", 11_171)])
    func agreement(_ set: String, _ lines: Int) throws {
        let decoder = try RecordDecoder()
        let reader = try FileLineReader(path: SharedData.file("data/\(set).jsonl.gz").path)
        while let line = unsafe try reader.next() {
            let fields = unsafe try plain(Data(line))
            let parsed = unsafe Parsed(Array(line), with: decoder)
            let (method, path) = (fields["method"] ?? "", fields["path"] ?? "")
            #expect(parsed.id == fields["id"])
            let query = fields["query"] ?? ""
            let target = query.isEmpty ? path : path + "?" + query
            let text = method + " " + target + "\n" + (fields["body"] ?? "")
            #expect(parsed.text == Array(text.utf8), "line \(reader.lineNumber)")
        }
        #expect(reader.lineNumber == lines)
    }

    @Test("reference inputs in base64 are decoded to the byte")
    func vectors() throws {
        let decoder = try LineDecoder()
        let reader = try FileLineReader(
            path: SharedData.file("conformance/vectors/inputs_text.jsonl").path)
        while let line = unsafe try reader.next() {
            let object = unsafe try JSONSerialization.jsonObject(with: Data(line))
            let fields = try #require(object as? [String: Any])
            let input = unsafe try decoder.decode(Array(line))
            let encoded = try #require(fields["text_b64"] as? String)
            #expect(input.input.text == Data(base64Encoded: encoded).map(Array.init))
            #expect(input.id == fields["id"] as? String)
        }
        #expect(reader.lineNumber == 250)
    }

    private func plain(_ line: Data) throws -> [String: String] {
        let object = try JSONSerialization.jsonObject(with: line) as? [String: Any]
        return try #require(object).compactMapValues { $0 as? String }
    }
}
