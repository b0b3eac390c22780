import Lifecycle
import Testing

@Suite("subjects of a hub, and what they may")
struct HubSubjectTests {
    private func subject(_ grants: (HubRole, String)...) throws -> HubSubject {
        HubSubject(
            name: "ada (token)",
            grants: try grants.map {
                HubSubject.Grant(role: $0.0, models: try ModelPattern($0.1))
            }, credential: .none)
    }

    @Test("each role may what those before it may")
    func roles() throws {
        #expect(HubRole.allCases.sorted() == [.reader, .registrar, .promoter, .admin])
        let promoter = try subject((.promoter, "*"))
        #expect(promoter.may(.reader, on: "m") && promoter.may(.registrar, on: "m"))
        #expect(promoter.may(.promoter, on: "m") && !promoter.may(.admin, on: "m"))
        #expect(promoter.may(.promoter, on: nil) && promoter.seesAll)
    }

    @Test("a pattern bounds it to its models, and lets it change nothing that is of all")
    func patterns() throws {
        let bounded = try subject((.admin, "http-*"))
        #expect(bounded.may(.admin, on: "http-a") && !bounded.may(.reader, on: "login"))
        #expect(bounded.may(.reader, on: nil) && !bounded.may(.registrar, on: nil))
        #expect(!bounded.seesAll && bounded.sees("http-") && !bounded.sees("http"))
        let several = try subject((.reader, "*"), (.promoter, "fraud-*"))
        #expect(several.role == .promoter && several.seesAll)
        #expect(several.may(.promoter, on: "fraud-1") && !several.may(.promoter, on: "login"))
        #expect(!several.may(.promoter, on: nil))
    }

    @Test("what it may not is refused by role and model, and not by whether there is such a model")
    func refusals() throws {
        let bounded = try subject((.registrar, "http-*"))
        try bounded.require(.registrar, on: ["http-a"], act: "x")
        for (right, model) in [(HubRole.promoter, "http-a"), (.reader, "login")] {
            do throws(SwerveError) {
                try bounded.require(right, on: ["http-a", model], act: "doing it")
                Issue.record("it was let through")
            } catch {
                #expect(error.code == .refused && error.problem?.kind == .rightLacking)
                #expect(error.problem?[.model] == model)
                let words = "ada (token) has not the role \(right.rawValue) on \(model)"
                #expect(error.reason == words)
            }
        }
    }

    @Test(
        "a pattern matches whole names",
        arguments: [
            ("*", "a", true), ("a", "a", true), ("a", "ab", false), ("a*", "a", true),
            ("*-v2", "x-v2", true), ("*-v2", "x-v2-b", false), ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false), ("**", "anything", true), ("x,*b", "ab", true),
            ("x,y", "z", false), ("*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
        ])
    func matching(pattern: String, name: String, isMatch: Bool) throws {
        let read = try ModelPattern(pattern)
        #expect(read.matches(name) == isMatch)
        #expect(read.description == pattern)
    }

    @Test(
        "what no model's name can match is refused",
        arguments: ["", ",", "a,", "A*", "a b", "a?", "ü", "%", "a\u{0}", "'"])
    func patternRefusals(text: String) {
        #expect(throws: SwerveError.self) { try ModelPattern(text) }
        #expect(throws: SwerveError.self) { try ModelPattern(String(repeating: "a", count: 257)) }
    }

    @Test("a lifetime is days, hours, minutes, or never")
    func lifetimes() throws {
        #expect(try TokenLifetime("90d") == .standard)
        #expect(try TokenLifetime("12h").milliseconds == 43_200_000)
        #expect(try TokenLifetime("3650d").milliseconds == 315_360_000_000)
        #expect(try TokenLifetime("never").milliseconds == nil)
        for text in ["", "d", "0d", "-1d", "3651d", "1w", "90", "99999999d", "1.5d", "+1d "] {
            #expect(throws: SwerveError.self, "\(text)") { try TokenLifetime(text) }
        }
    }
}
