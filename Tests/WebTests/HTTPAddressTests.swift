import Lifecycle
import Testing
import Web

@Suite("HTTPAddress")
struct HTTPAddressTests {
    @Test(
        "an address is a host and a port, IPv6 in brackets; without a host it is every address",
        arguments: [
            ("127.0.0.1:9464", "127.0.0.1", 9464), ("[::1]:80", "::1", 80),
            ("localhost:0", "localhost", 0), (":9464", "0.0.0.0", 9464),
            ("0.0.0.0:65535", "0.0.0.0", 65_535),
        ])
    func good(text: String, host: String, port: Int) throws {
        #expect(try HTTPAddress(parsing: text) == HTTPAddress(host: host, port: port))
    }

    @Test(
        "anything else is refused with what to write",
        arguments: [
            "", "9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "::1:80",
            "http://127.0.0.1:9464", "127.0.0.1:94 64", "a b:1", "host:٣", "h:99999999999999999999",
        ])
    func bad(text: String) {
        let error = #expect(throws: SwerveError.self) { try HTTPAddress(parsing: text) }
        #expect(error?.code == .usage)
        #expect(error?.remedy.contains("127.0.0.1:9464") == true)
    }
}
