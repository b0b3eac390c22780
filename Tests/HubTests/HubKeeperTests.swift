import Lifecycle
import Platform
import Registry
import TestSupport
import Testing
import Web

@testable import Hub

@Suite("what is done once under a key", .blocking)
struct HubKeeperTests {
    @Test("two whose long names begin alike have keys of their own")
    func longNames() throws {
        let folder = try TemporaryFolder()
        let registry = try Registry.open(
            path: folder.path("swerve.db"), access: .readWrite(create: true))
        let keeper = HubKeeper(registry: registry)
        let digest = ContentHash.sha256([1])
        var count = 0
        func ask(_ subject: String) throws -> String {
            let response = try keeper.once("key", of: subject, digest, isConditional: false) {
                () throws(SwerveError) in
                count += 1
                try registry.addToken(
                    TokenDraft(
                        name: try ModelName("token-\(count)"),
                        sha256: ContentHash.sha256([UInt8(count)]), role: .reader, models: .all,
                        expiresAt: nil),
                    note: ChangeNote(by: subject, at: "2026-11-30T10:00:00.000Z"))
                return .text(subject)
            }
            return String(decoding: response.body, as: UTF8.self)
        }
        let prefix = String(repeating: "a", count: 190)
        #expect(try ask("\(prefix)1 (oidc)") == "\(prefix)1 (oidc)\n")
        #expect(try ask("\(prefix)2 (oidc)") == "\(prefix)2 (oidc)\n")
        #expect(try ask("\(prefix)1 (oidc)") == "\(prefix)1 (oidc)\n")
        #expect(count == 2)
    }
}
