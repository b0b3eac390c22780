import Lifecycle
import Testing

@testable import Registry
@testable import swerve

@Suite("keys and audit entries in a line")
struct RegistryLinesTests {
    private static let digest = Digest(sha256: [UInt8](repeating: 7, count: 32))

    @Test("a key tells its roles and who added it, and a revoked one who ended it, when and why")
    func keys() throws {
        func line(_ revocation: RegisteredKey.Revocation?) throws -> String {
            RegisteredKey(
                name: try ModelName("ops"), publicKey: [UInt8](repeating: 1, count: 32),
                roles: [.register, .promote], addedAt: "T1", addedBy: "ada",
                revocation: revocation
            ).summary
        }
        let plain = try line(nil)
        #expect(plain.hasPrefix("ops  ") && plain.hasSuffix("added T1 by ada"))
        #expect(plain.contains("promote") && plain.contains("register"))
        #expect(
            try line(.init(at: "T2", by: "eve", reason: "lost")) == plain
                + "  revoked T2 by eve (lost)")
        #expect(try line(.init(at: "T2", by: "eve", reason: "")) == plain + "  revoked T2 by eve")
    }

    @Test(
        "an entry tells what it is about",
        arguments: [
            (["key": "ops"], "key ops"), (["registry": "r1"], "registry r1"),
            (["model": "m"], "m"), (["model": "m", "version": 3], "m@3"),
            (
                [
                    "model": "m",
                    "deployment": [
                        "epoch": 4, "stable": ["version": 2],
                        "candidate": ["version": 3, "mode": "canary"], "previous": .null,
                    ],
                ], "m epoch 4, stable 2, canary 3"
            ),
        ] as [([String: JSONValue], String)])
    func entries(about: [String: JSONValue], object: String) {
        let common: [String: JSONValue] = ["act": "promote", "at": "T1", "by": "ada"]
        func line(_ more: [String: JSONValue]) -> String {
            AuditEntry(
                sequence: 9, fields: .object(about.merging(common.merging(more) { $1 }) { $1 }),
                hash: Self.digest
            ).line
        }
        #expect(line([:]) == "9  T1  promote  \(object)  by ada  \(Self.digest.short)")
        #expect(
            line(["reason": "why"])
                == "9  T1  promote  \(object)  by ada  (why)  \(Self.digest.short)")
    }
}
