import Lifecycle
import Testing

@Suite("names and digests")
struct NameTests {
    @Test(
        "model names",
        arguments: ["a", "0", "http-anomaly", "a-", String(repeating: "x", count: 63)])
    func models(name: String) throws {
        #expect(try ModelName(name).description == name)
    }

    @Test(
        "what is not a model name",
        arguments: [
            "", "-a", "A", "a_b", "a b", "a/b", "ä", "a\n", String(repeating: "x", count: 64), "..",
        ])
    func notModels(name: String) {
        #expect { try ModelName(name) } throws: { ($0 as? SwerveError)?.code == .usage }
    }

    @Test(
        "a name that other registries have is refused with one to use instead",
        arguments: [
            ("fraud_model", "fraud-model"), ("HttpAnomaly", "http-anomaly"),
            ("prod.waf.model", "prod-waf-model"), ("--a  b--", "a-b"), ("ÄB", "b"),
            ("V2Model", "v2-model"),
            ("2fast", nil), ("_", nil), ("é", nil), ("", nil), ("HTTP", "http"),
            (String(repeating: "x", count: 70), String(repeating: "x", count: 63)),
        ] as [(String, String?)])
    func proposals(text: String, name: String?) throws {
        #expect(NameProposal.instead(of: text) == name)
        if let name {
            #expect(try ModelName(name).description == name)
            let error = try #require(throws: SwerveError.self) { try ModelName(text) }
            #expect(error.remedy.hasPrefix("write it \(name);"))
        }
    }

    @Test("an alias begins with a letter, and so does what is proposed for one")
    func aliasProposals() throws {
        let model = try ModelName("m")
        for (text, alias) in [("Champion", "champion"), ("prod_v2", "prod-v2")] {
            let error = try #require(throws: SwerveError.self) {
                try VersionSelector(model: model, text)
            }
            #expect(error.remedy.hasPrefix("write it \(alias);"), "\(error)")
        }
        #expect(NameProposal.instead(of: "2nd_best", mustBeginWithLetter: true) == "nd-best")
    }

    @Test("NAME@V names a version")
    func versions() throws {
        let reference = try VersionReference("http-anomaly@12")
        #expect(reference.model.description == "http-anomaly")
        #expect(reference.version == 12)
        #expect(reference.description == "http-anomaly@12")
    }

    @Test(
        "what does not name a version",
        arguments: [
            "", "a", "a@", "@1", "a@0", "a@-1", "a@+1", "a@1.0", "a@1@2", "a@x", "A@1",
            "a@99999999999999999999",
        ])
    func notVersions(text: String) {
        #expect { try VersionReference(text) } throws: { ($0 as? SwerveError)?.code == .usage }
    }

    @Test("a version 0 is told where versions begin", arguments: ["a@0", "a@00"])
    func zero(text: String) {
        let error = #expect(throws: SwerveError.self) { try VersionReference(text) }
        #expect(error?.reason == "versions begin at 1")
    }

    @Test("a slot's key is group and number; groups may contain slashes")
    func slots() throws {
        let slot = try #require(SlotID(key: Array("team/http/3".utf8)))
        #expect(slot == SlotID(group: "team/http", slot: 3))
        #expect(slot.description == "team/http/3")
    }

    @Test("what is no slot's key", arguments: ["", "/", "/1", "a", "a/", "a/-1", "a/x", "a/1.0"])
    func notSlots(key: String) {
        #expect(SlotID(key: Array(key.utf8)) == nil)
    }

    @Test("a digest prints all 32 bytes, and reads back")
    func digests() throws {
        let digest = Digest(sha256: Array(0..<32) as [UInt8])
        let hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
        #expect(digest.description == "sha256:" + hex)
        #expect(digest.hex == hex[...])
        #expect(digest.short == "sha256:000102030405")
        #expect(try Digest(digest.description) == digest)
    }

    @Test(
        "what is no digest",
        arguments: [
            "", "sha256:", "sha256:00", "md5:" + String(repeating: "0", count: 64),
            "sha256:" + String(repeating: "A", count: 64),
            "sha256:" + String(repeating: "0", count: 65),
            "sha256:" + String(repeating: "g", count: 64),
            "SHA256:" + String(repeating: "0", count: 64),
        ])
    func notDigests(text: String) {
        #expect { try Digest(text) } throws: { ($0 as? SwerveError)?.code == .invalid }
    }

    @Test("control characters are escaped for terminals, all else is left")
    func printable() {
        #expect("a\u{1B}[2Jb\n\u{9B}\u{202E}é".printable == "a\\u{1b}[2Jb\\u{a}\\u{9b}\\u{202e}é")
        #expect("plain – text".printable == "plain – text")
        #expect("abcdef".shortened(to: 4) == "abc…")
        #expect("abcd".shortened(to: 4) == "abcd" && "ab".shortened(to: 0) == "…")
        // One character of a megabyte is no short text.
        let marks = "e" + String(repeating: "\u{301}", count: 500_000)
        #expect(marks.count == 1 && marks.shortened(to: 40).unicodeScalars.count == 40)
    }
}

@Suite("naming versions")
struct VersionSelectorTests {
    @Test("a version is named by number or by alias")
    func reads() throws {
        let model = try ModelName("http-anomaly")
        let number = try VersionSelector("http-anomaly@3")
        #expect(number.model == model)
        #expect(number.choice == .number(3))
        #expect(number == VersionSelector(VersionReference(model: model, version: 3)))
        let alias = try VersionSelector("http-anomaly@champion-2")
        #expect(alias.choice == .alias(try AliasName("champion-2")))
        #expect(alias.description == "http-anomaly@champion-2")
    }

    @Test("of a model that is named already, its name may stand before the version; no other may")
    func whole() throws {
        let model = try ModelName("http-anomaly")
        for text in ["3", "http-anomaly@3", "champion", "http-anomaly@champion"] {
            let short = text.split(separator: "@").last.map(String.init) ?? ""
            #expect(
                try VersionSelector(model: model, text) == VersionSelector("http-anomaly@\(short)"))
        }
        let other = try #require(throws: SwerveError.self) {
            try VersionSelector(model: model, "other@3")
        }
        #expect(other.code == .usage)
        #expect(other.reason == "it is one of other, and the model is http-anomaly")
        for text in ["@3", "http-anomaly@", "http-anomaly@http-anomaly@3", "http-anomaly@@3"] {
            #expect(throws: SwerveError.self) { try VersionSelector(model: model, text) }
        }
    }

    @Test(
        "what is neither is refused",
        arguments: [
            "http-anomaly", "http-anomaly@", "@3", "m@0", "m@-1", "m@+3", "m@3x", "m@Champion",
            "m@a_b", "m@a@b", "m@stable", "m@live", "m@é", "m@99999999999999999999",
            "m@" + String(repeating: "a", count: 64),
        ])
    func refuses(text: String) {
        #expect {
            try VersionSelector(text)
        } throws: { ($0 as? SwerveError)?.code == .usage }
    }
}
