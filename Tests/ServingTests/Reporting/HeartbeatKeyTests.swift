import FoundationEssentials
import Lifecycle
import Platform
import Serving
import TestSupport
import Testing

/// What a worker is told of the key of its heartbeats before it starts.
@Suite("The key of heartbeats")
struct HeartbeatKeyTests {
    private static func doubt(_ roles: [KeyRole], isRevoked: Bool = false) throws -> String? {
        let folder = try TemporaryFolder()
        let lines = try roles.map { role in
            let key = try SigningKey.generate(ModelName("k")).publicKey
            return "k-\(role.rawValue) \(role.rawValue) "
                + "ed25519:\(Data(key).base64EncodedString())"
                + (isRevoked ? " revoked:2026-01-01T00:00:00.000Z\n" : "\n")
        }
        var configuration = Streams.configuration()
        configuration.trust = .init(
            file: try folder.write("trust", lines.joined()), requiresSignedArtifacts: false)
        let (signer, doubt) = try HeartbeatKey.read(configuration)
        #expect(signer == nil)
        return doubt
    }

    @Test("a worker without one is told where others count signed heartbeats alone")
    func unsigned() throws {
        let none = try HeartbeatKey.read(Streams.configuration())
        #expect(none.signer == nil && none.doubt == nil)
        #expect(try Self.doubt([.promote]) == nil)
        #expect(try Self.doubt([.promote, .report])?.contains("status.sign_with") == true)
        #expect(try Self.doubt([.report], isRevoked: true)?.contains("none of them counts") == true)
    }
}
