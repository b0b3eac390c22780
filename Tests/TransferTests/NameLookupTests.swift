import Lifecycle
import TestSupport
import Testing

@testable import Transfer

@Suite("looking a name up", .blocking)
struct NameLookupTests {
    private func addresses(_ url: String) throws -> [NetworkAddress] {
        NameLookup.addresses(of: try WebAddress(url, act: "trying"), withinMs: 20_000)
    }

    @Test(
        "what stands for this machine is found out, and nothing is connected to",
        arguments: ["https://localhost/hook", "http://localhost:1/", "https://127.1/hook"])
    func own(url: String) throws {
        let found = try addresses(url)
        #expect(!found.isEmpty && found.allSatisfy { !$0.isPublic }, "\(found)")
    }

    @Test("an address is itself, whose ever it is")
    func address() throws {
        #expect(try addresses("https://192.0.2.7/") == [NetworkAddress([192, 0, 2, 7])])
        #expect(try addresses("https://1.1.1.1/").first?.isPublic == true)
    }

    @Test("a name that nobody has stands for nothing")
    func unknown() throws {
        #expect(try addresses("https://no-such-name.invalid/").isEmpty)
    }
}
