import Configuration
import Lifecycle
import Testing
import Web

@testable import swerve

@Suite("what a hub says of its address")
struct HubCommandTests {
    private func warning(
        _ address: String, isSecure: Bool = false, settings: [String] = []
    ) throws -> String? {
        var sources = ConfigurationSources(environment: [:])
        sources.settings = settings
        return HubCommand.clearWarning(
            try sources.resolve(usualFile: "/nonexistent"), try HTTPAddress(parsing: address),
            isSecure: isSecure)
    }

    @Test("over plain HTTP to other machines tokens go in the clear, and that is said")
    func clear() throws {
        for address in ["0.0.0.0:9465", "[::]:9465", ":9465", "10.1.2.3:9465"] {
            let said = try #require(try warning(address))
            #expect(said.contains("tokens") && said.contains("hub.tls"), "\(said)")
            #expect(try warning(address, isSecure: true) == nil)
            #expect(
                try warning(address, settings: ["hub.public_url=https://models.example"]) == nil)
        }
        for address in ["127.0.0.1:9465", "localhost:9465", "[::1]:9465"] {
            #expect(try warning(address) == nil)
        }
    }
}
