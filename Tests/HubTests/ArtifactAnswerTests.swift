import Lifecycle
import Platform
import Testing
import Web

@testable import Hub

@Suite("artifacts over HTTP")
struct ArtifactAnswerTests {
    private let answer: ArtifactAnswer
    private let length: Int

    init() throws {
        let content: [UInt8] = Array("a model".utf8)
        let manifest = ArtifactManifest(
            format: "liblinear",
            files: [
                .init(
                    role: .model, name: "m.model", bytes: content.count,
                    sha256: ContentHash.sha256(content))
            ], labels: [:], threshold: 0, goldenSource: .own)
        answer = try ArtifactAnswer(
            ContentHash.sha256(manifest.bytes),
            Artifact(manifestBytes: manifest.bytes, files: ["m.model": content]))
        guard case .stream(let length?, _) = answer.response(to: HTTPFields()).payload else {
            throw SwerveError(.system, act: "test", reason: "no length")
        }
        self.length = Int(length)
    }

    /// Status, range and length of an answer.
    private func asked(_ fields: (String, String)...) -> String {
        let response = answer.response(to: HTTPFields(fields))
        let range = response.fields.first { $0.0 == "Content-Range" }?.1 ?? "-"
        guard case .stream(let count?, _) = response.payload else {
            return "\(response.status) \(range)"
        }
        return "\(response.status) \(range) \(count)"
    }

    @Test("one range is answered, what is none is passed over, and what is not there is said")
    func ranges() {
        let all = "200 - \(length)"
        #expect(asked() == all)
        #expect(asked(("Range", "bytes=0-99")) == "206 bytes 0-99/\(length) 100")
        #expect(
            asked(("Range", "bytes=100-"))
                == "206 bytes 100-\(length - 1)/\(length) \(length - 100)")
        #expect(
            asked(("Range", "bytes=-10"))
                == "206 bytes \(length - 10)-\(length - 1)/\(length) 10")
        #expect(
            asked(("Range", "bytes=-99999999999999999999"))
                == "206 bytes 0-\(length - 1)/\(length) \(length)")
        #expect(
            asked(("Range", "bytes=5-99999999999999999999"))
                == "206 bytes 5-\(length - 1)/\(length) \(length - 5)")
        for none in ["bytes=\(length)-", "bytes=-0", "bytes=99999999999999999999-"] {
            #expect(asked(("Range", none)) == "416 bytes */\(length)", "\(none)")
        }
        let others = [
            "bytes=0-1,3-4", "bytes=a-b", "bytes=-", "lines=0-1", "bytes=9-3", "bytes=--1",
        ]
        for other in others {
            #expect(asked(("Range", other)) == all, "\(other)")
        }
    }

    @Test("a range is of the bytes that the client has, or all comes")
    func conditions() {
        let range = ("Range", "bytes=0-0")
        #expect(asked(range, ("If-Range", answer.tag)) == "206 bytes 0-0/\(length) 1")
        #expect(asked(range, ("If-Range", "\"other\"")) == "200 - \(length)")
        #expect(asked(range, ("If-Range", "W/\(answer.tag)")) == "200 - \(length)")
        #expect(asked(("If-None-Match", answer.tag)) == "304 -")
        #expect(asked(("If-None-Match", "\"a\", \(answer.tag)")) == "304 -")
        #expect(asked(("If-None-Match", "\"a\"")) == "200 - \(length)")
    }
}
