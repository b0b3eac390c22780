import Demo
import Foundation
import Inputs
import Lifecycle
import ModelFormats
import Platform
import Scoring
import TestSupport
import Testing

@Suite("Traffic generator")
struct TrafficGeneratorTests {
    /// The digest of the first lines and keys of a seed.
    static func digest(seed: UInt64, lines: Int) -> Lifecycle.Digest {
        var generator = TrafficGenerator(seed: seed)
        var hash = ContentHash()
        for _ in 0..<lines {
            generator.next()
            hash.update(generator.line)
            hash.update(generator.key)
        }
        return hash.digest()
    }

    @Test("the same seed gives the same 10,000 requests, another seed others")
    func isDeterministic() {
        let first = Self.digest(seed: 1, lines: 10_000)
        #expect(first == Self.digest(seed: 1, lines: 10_000))
        #expect(first != Self.digest(seed: 2, lines: 10_000))
    }

    @Test("every family is there, and about a quarter are attacks")
    func familiesArePresent() {
        var generator = TrafficGenerator(seed: 7)
        var counts: [TrafficClass: Int] = [:]
        for _ in 0..<10_000 {
            generator.next()
            counts[generator.trafficClass, default: 0] += 1
        }
        for family in TrafficClass.allCases {
            #expect(counts[family, default: 0] > 50, "\(family)")
        }
        #expect((7_200...7_800).contains(counts[.normal, default: 0]))
    }

    @Test("each line is a JSON object with its fields, and its label says what it is")
    func linesAreRecords() throws {
        var generator = TrafficGenerator(seed: 3)
        for number in 1...3_000 {
            generator.next()
            let json = try JSONValue(parsing: generator.line, act: "reading a line")
            let fields = try #require(json.object)
            #expect(
                Set(fields.keys) == [
                    "id", "method", "path", "query", "body", "user_agent", "label", "class",
                ])
            #expect(
                fields["id"]
                    == .string(
                        "r-" + String(repeating: "0", count: 6 - "\(number)".count) + "\(number)"))
            #expect(fields["class"]?.string == generator.trafficClass.rawValue)
            #expect(fields["label"]?.int == (generator.trafficClass == .normal ? -1 : 1))
        }
    }

    @Test("every request can be scored")
    func linesAreRequests() throws {
        let decoder = try RecordDecoder()
        var generator = TrafficGenerator(seed: 11)
        for _ in 0..<20_000 {
            generator.next()
            let reason = decoder.decode(generator.line.span)
            #expect(reason == nil, "\(String(decoding: generator.line, as: UTF8.self))")
        }
    }

    @Test("families can be left out", arguments: TrafficClass.allCases)
    func familiesAreLeftOut(family: TrafficClass) {
        var generator = TrafficGenerator(seed: 5, without: [family])
        var seen: Set<TrafficClass> = []
        for _ in 0..<3_000 {
            generator.next()
            seen.insert(generator.trafficClass)
        }
        #expect(!seen.contains(family))
        #expect(seen.count == TrafficClass.allCases.count - 1)
    }

    @Test("the keys are those of a thousand clients")
    func keysAreClients() {
        var generator = TrafficGenerator(seed: 5)
        var keys: Set<[UInt8]> = []
        for _ in 0..<20_000 {
            generator.next()
            keys.insert(generator.key)
        }
        #expect((900...TrafficGenerator.clientCount).contains(keys.count))
    }

    @Test("the shipped versions load, and the second finds what the first was never shown")
    func shippedModels() throws {
        let spec = try NamedBytes(
            name: "featurizer.json",
            bytes: Array(Data(contentsOf: RepositoryFiles.file("models/featurizer.json"))))
        let scorers = try (1...2).map { version in
            let name = "models/http-anomaly-\(version).model"
            let bytes = try Array(Data(contentsOf: RepositoryFiles.file(name)))
            #expect(bytes.count < 500_000)
            return try ScorerLoader.build(
                ParsedModel(parsing: NamedBytes(name: name, bytes: bytes)), file: name,
                featurizer: spec,
                labels: ["attack": "1", "normal": "-1"], threshold: 0)
        }
        let decoder = try LineDecoder()
        let buffer = FeatureBuffer()
        let output = ScoreOutput()
        var generator = TrafficGenerator(seed: 4_711)
        var right = [0, 0]
        for _ in 0..<2_000 {
            generator.next()
            let input = try decoder.decode(generator.line).input
            let isAttack = generator.trafficClass != .normal
            for version in 0..<2 {
                let verdict = scorers[version].score(input, buffer, output)
                if (scorers[version].labels[verdict.classIndex] == "attack") == isAttack {
                    right[version] += 1
                }
            }
        }
        #expect(right[0] > 1_800)
        #expect(right[1] > 1_980)
        #expect(right[1] > right[0])
    }
}
