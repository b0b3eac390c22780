import Lifecycle
import TestSupport
import Testing

@testable import Configuration

@Suite("plan files")
struct PlanFileTests {
    private func tree(_ text: String) throws -> JSONValue {
        try PlanFile.tree(text, name: "plan.yaml")
    }

    @Test("a plan is the tree that JSON would be; what looks like a time is a text")
    func reads() throws {
        let read = try tree(
            """
            rollout:   # & none of these * is an alias
              steps: [{mode: shadow, share: 25%, min: 30m, min_pairs: 10000}]
              blackouts:
                - {days: fri-sun, from: 16:00, to: "08:00"}
              judge: {alpha: 0.01, guards: {alerts-up: {abs: 1e-4}, score: {enforce: false}}}
              bake: ~
              other: ["1", '2', +3, -4.5, .5, 0x10, 1_000, .inf, 5-6, "& *"]
            """)
        let plan = try #require(read["rollout"])
        #expect(
            plan["steps"] == [
                ["mode": "shadow", "share": "25%", "min": "30m", "min_pairs": 10_000]
            ])
        #expect(
            plan["blackouts"] == [["days": "fri-sun", "from": "16:00", "to": "08:00"]])
        #expect(plan["judge"]?["alpha"] == 0.01)
        #expect(plan["judge"]?["guards"]?["alerts-up"]?["abs"] == 1e-4)
        #expect(plan["judge"]?["guards"]?["score"]?["enforce"] == false)
        #expect(plan["bake"] == .null)
        #expect(
            plan["other"]
                == ["1", "2", 3, -4.5, 0.5, "0x10", "1_000", ".inf", "5-6", "& *"])
        #expect(try tree("") == [:])
        #expect(try tree("\u{FEFF}a: 1") == ["a": 1])
    }

    @Test(
        "what is no YAML, or could be larger than memory, is refused with its line",
        arguments: [
            ("a: [1", "not YAML"), ("a: 1\na: 2", "given twice"),
            ("a: &x [1]\nb: [*x, *x]", "line 1: anchors and aliases"),
            ("b: [1, *x]", "line 1: anchors and aliases"), ("? *x\n: 1", "anchors and aliases"),
            (
                "v: ['&v\n', &v 1" + String(repeating: ", *v", count: 9) + "]",
                "line 2: more than 8 aliases"
            ),
            ("? [1]\n: 2", "a key is not a text"),
            (String(repeating: "[", count: 40) + String(repeating: "]", count: 40), "deeper"),
            ("[" + String(repeating: "1,", count: 10_001) + "1]", "larger"),
        ])
    func refuses(text: String, said: String) throws {
        #expect {
            try tree(text)
        } throws: { code($0) == .usage && "\($0)".contains(said) }
    }

    @Test("a file that is not there, and one that is no text, are told by their name")
    func files() throws {
        let folder = try TemporaryFolder()
        #expect {
            try PlanFile.read(folder.path("none.yaml"))
        } throws: { code($0) == .notFound && "\($0)".contains("none.yaml") }
        try folder.write("plan.yaml", "rollout: {}")
        #expect(try PlanFile.read(folder.path("plan.yaml")) == ["rollout": [:]])
    }
}
