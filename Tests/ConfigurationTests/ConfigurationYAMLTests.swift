import Lifecycle
import Testing

@testable import Configuration

/// What YAML itself allows and `swerve.yaml` does not, and how much a file may stand for.
@Suite("YAML of a configuration")
struct ConfigurationYAMLTests {
    /// What is wrong with it; nil for nothing.
    private func error(_ yaml: String) -> String? {
        do throws(SwerveError) {
            _ = try ConfigurationFile.parse(yaml, name: "c.yaml")
            return nil
        } catch {
            #expect(error.code == .usage)
            return error.description
        }
    }

    @Test(
        "a key in two places is given twice",
        arguments: [
            ("slots.total: 4\nslots: {total: 8}\n", "line 2: slots.total", 1),
            ("slots:\n  total: 4\nslots.total: 4\n", "line 3: slots.total", 2),
            ("input: {format: log}\n\ninput.format: json\n", "line 3: input.format", 1),
            (
                "mask: [a]\nkafka: {linger.ms: 1}\nkafka.linger.ms: 2\n", "line 3: kafka.linger.ms",
                2
            ),
        ])
    func twice(yaml: String, place: String, before: Int) {
        #expect(
            error(yaml)
                == "reading c.yaml: \(place) is given twice, in line \(before) before; remove one of "
                + "the two")
    }

    @Test("a few aliases are read, and more could stand for more than memory holds")
    func aliases() {
        let few = (0..<YAMLText.aliasesMax).map { "  b\($0): *v\n" }.joined()
        let said = "line 11: more than 8 aliases (*); write out what they stand for"
        let yaml = "kafka:\n  a: &v 1\n" + few
        #expect(error(yaml) == nil)
        #expect(error(yaml + "  c: *v\n") == "reading c.yaml: \(said)")
        // Hidden behind what is taken for a quotation that is none.
        let hidden = "a: ['x\n', " + (0..<20).map { _ in "*v" }.joined(separator: ",") + "]\n"
        #expect(error("v: &v 1\n" + hidden)?.contains("line 3: more than 8 aliases") == true)
        // As mappings in keys, which a reader holds against each other.
        var laughs = "k0: &k0 {a: 1}\n"
        for level in 1...40 {
            laughs += "k\(level): &k\(level) {? {? *k\(level - 1) : 1, b: *k\(level - 1)} : 1}\n"
        }
        #expect(error(laughs)?.contains("more than 8 aliases") == true)
        // Stars that are no aliases.
        let stars = (0..<20).map { "  h\($0): \"*v\"\n" }.joined()
        #expect(error("kafka:\n" + stars) == nil)
    }

    @Test("a byte order mark in front, as some editors write it, is no part of the first key")
    func byteOrderMark() {
        #expect(
            error("\u{FEFF}colour: red\n") == """
                reading c.yaml: line 1: unknown key 'colour'; all keys are told by: swerve config \
                keys
                """)
        #expect(error("\u{FEFF}model: m\ncolour: red\n")?.contains("line 2: unknown key") == true)
    }

    @Test("a key longer than any is refused by its beginning, before names are made of it")
    func longKey() {
        let long = String(repeating: "x", count: 1_010)
        let said = error("\(long): {a: {}}\n") ?? ""
        #expect(said.contains("line 1: unknown key 'xxx") && said.count < 300, "\(said)")
    }
}
