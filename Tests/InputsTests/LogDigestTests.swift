import Foundation
import Inputs
import Lifecycle
import Platform
import Scoring
import TestSupport
import Testing

/// Whole logs of real servers, by the digest of all their texts.
@Suite("Logs of real servers")
struct LogDigestTests {
    @Test(
        "every line gives the reference's text",
        .enabled(if: SharedData.hasInputs, "\(SharedData.absence)"))
    func digests() throws {
        let combined = LogSettings(plan: try LogPlan(try LogFormat(named: "combined")))
        for expected in try SharedData.jsonLines("inputs/vectors/log_digests.jsonl") {
            let name = try #require(expected["file"] as? String)
            let reader = try FileLineReader(path: SharedData.file("data/\(name)").path)
            let decoder = try RecordDecoder(InputSettings(format: .log(combined)))
            let wants = [InputWant(.text, wantsParts: true)]
            decoder.install(
                try PreparedWants(wants, for: InputSettings(format: .log(combined))))
            var counts: [String: Int] = [:]
            var all: [UInt8] = []
            try reader.forEach { _, line throws(SwerveError) in
                guard decoder.decode(line) == nil else { return true }
                let text = OwnedInput(decoder.input).text ?? []
                counts[decoder.input.parts == nil ? "opaque" : "split", default: 0] += 1
                for shift in [0, 8, 16, 24] { all.append(UInt8(text.count >> shift & 0xFF)) }
                all += text
                return true
            }
            #expect(counts == expected["counts"] as? [String: Int], "\(name)")
            #expect(
                ContentHash.sha256(all).description.contains(expected["sha256"] as? String ?? "?"))
        }
    }
}
