import Lifecycle
import Registry
import TestSupport
import Testing

@testable import Catalogue

@Suite("scoring lines outside the stream")
struct OfflineScorerTests {
    private let models: SmallModels
    private let artifact: Artifact

    init() throws {
        models = try SmallModels()
        let digest = try models.register(try models.request()).registration.digest
        artifact = try models.registry.artifact(digest)
    }

    private func scored(
        _ lines: String, explaining top: Int? = nil, mask: [String] = []
    ) throws -> (documents: [JSONValue], failures: Int) {
        let scorer = try OfflineScorer(
            artifact, explaining: top, mask: FieldMask(mask))
        var documents: [JSONValue] = []
        let failures = try scorer.scoreLines(of: try models.folder.write("in.jsonl", lines)) {
            documents.append($0)
        }
        return (documents, failures)
    }

    @Test("each line gives a document with score, decision, label and its own id, in order")
    func documents() throws {
        let (documents, failures) = try scored(
            """
            {"id":"a","text":"GET /index.html"}

            {"method":"GET","path":"/?id=1'--"}
            """)
        #expect(documents.count == 2 && failures == 0)
        #expect(documents.map { $0["id"]?.string } == ["a", nil])
        for document in documents {
            let score = try #require(document["score"]?.double)
            #expect(document["decision"] == .array([.double(score)]))
            #expect(document["label"]?.string == (score > 0 ? "1" : "-1"))
            #expect(document["probability"] == nil && document["explanation"] == nil)
        }
        #expect(documents[0]["score"] != documents[1]["score"])
    }

    @Test("fields that training sets have are any others: a worker scores such a record as well")
    func otherFields() throws {
        let (documents, failures) = try scored(
            "{\"text\":\"a\",\"label\":\"attack\",\"decision\":\"block\"}\n{\"text\":\"a\"}\n")
        #expect(failures == 0 && documents[0]["score"] == documents[1]["score"])
    }

    @Test("a line that cannot be scored says why and which it is; the others are scored")
    func failures() throws {
        let (documents, failures) = try scored(
            "garbage\n\n{\"id\":\"b\",\"method\":\"GET\"}\n{\"id\":\"c\",\"text\":\"ok\"}\n")
        #expect(failures == 2)
        #expect(documents.map { $0["line"]?.int } == [1, 3, nil])
        #expect(documents.map { $0["id"]?.string } == [nil, "b", "c"])
        #expect(documents.prefix(2).allSatisfy { !($0["error"]?.string ?? "").isEmpty })
        #expect(documents[2]["score"] != nil)
    }

    @Test("an explanation's summands, bias and rest are the decision")
    func explanations() throws {
        let (documents, _) = try scored(
            #"{"method":"GET","path":"/search","query":"q=union select"}"#, explaining: 3)
        let document = try #require(documents.first)
        let explanation = try #require(document["explanation"])
        let contributions = try #require(explanation["contributions"]?.array)
        #expect(contributions.count == 3)
        let sum =
            contributions.compactMap { $0["value"]?.double }.reduce(0, +)
            + (explanation["bias"]?.double ?? .nan) + (explanation["rest"]?.double ?? .nan)
        let score = try #require(document["score"]?.double)
        #expect(abs(sum - score) <= 1e-9 * max(1, abs(score)))
    }

    @Test("an explanation tells nothing of masked fields, and still adds up")
    func maskedExplanations() throws {
        let line = #"{"method":"GET","path":"/search","query":"q=zyxw union","body":"zzz"}"#
        let (open, _) = try scored(line, explaining: 1_000)
        let all = try #require(open.first?["explanation"]?["contributions"]?.array)
        for mask in [["query", "body"], ["query", "body.card"], ["path", "query", "body"]] {
            let (documents, _) = try scored(line, explaining: 1_000, mask: mask)
            let explanation = try #require(documents.first?["explanation"])
            let contributions = try #require(explanation["contributions"]?.array)
            // Of the path, where it is not masked too, something is told.
            #expect(contributions.isEmpty == mask.contains("path"))
            #expect(contributions.count < all.count)
            for ngram in contributions.flatMap({ $0["ngrams"]?.array ?? [] }) {
                let text = ngram["text"]?.string ?? ""
                #expect(!text.contains { "zyxw".contains($0) }, "\(ngram)")
            }
            let sum =
                contributions.compactMap { $0["value"]?.double }.reduce(0, +)
                + (explanation["bias"]?.double ?? .nan) + (explanation["rest"]?.double ?? .nan)
            let score = try #require(documents.first?["score"]?.double)
            #expect(abs(sum - score) <= 1e-9 * max(1, abs(score)))
            #expect(explanation["rest_count"]?.int ?? 0 >= all.count - contributions.count)
        }
    }

    @Test("a deployment's settings decide in place of the artifact's")
    func settings() throws {
        let settings = VersionSettings(
            threshold: 1e9, labels: ["attack": "1", "normal": "-1"])
        let scorer = OfflineScorer(try OfflineScorer.load(artifact, settings: settings))
        var labels: [String?] = []
        let path = try models.folder.write("in.jsonl", "{\"text\":\"a\"}\n{\"text\":\"b\"}\n")
        _ = try scorer.scoreLines(of: path) { labels.append($0["label"]?.string) }
        #expect(labels == ["normal", "normal"])
    }

    @Test("settings are tried on the version before a deployment gets them")
    func settingsCheck() throws {
        let version = try models.version(1)
        let effective = try SettingsCheck.effective(
            VersionSettings(threshold: 0.5, labels: nil), of: version, in: models.registry)
        #expect(effective.threshold == 0.5 && effective.labels == ["1", "-1"])
        let error = #expect(throws: SwerveError.self) {
            try SettingsCheck.effective(
                VersionSettings(threshold: nil, labels: ["attack": "7"]), of: version,
                in: models.registry)
        }
        #expect(error?.act == "changing the settings of http-anomaly@1")
    }

    @Test("a name is taken away from those that the settings or the artifact give; others stay")
    func removedLabels() throws {
        let version = try models.version(1)
        func labels(
            without names: [String], _ present: [String: String]?
        ) throws -> [String: String] {
            try SettingsCheck.labels(
                without: names, under: VersionSettings(labels: present), of: version,
                in: models.registry)
        }
        let both = ["attack": "1", "normal": "-1"]
        #expect(try labels(without: ["attack"], both) == ["normal": "-1"])
        #expect(try labels(without: ["normal", "attack"], both) == [:])
        #expect(try labels(without: [], both) == both)
        let unknown = #expect(throws: SwerveError.self) { try labels(without: ["atack"], both) }
        #expect(unknown?.code == .notFound && unknown?.remedy == "the names are attack, normal")
        // The artifact of this one names none.
        let none = #expect(throws: SwerveError.self) { try labels(without: ["attack"], nil) }
        #expect(none?.remedy == "no class has a name of its own")
    }
}
