import Foundation
import Lifecycle
import TestSupport
import Testing

@testable import Transfer

@Suite("addresses of networks")
struct NetworkAddressTests {
    private func address(_ text: String) throws -> NetworkAddress {
        var bytes = [UInt8](repeating: 0, count: 16)
        let isSix = text.contains(":")
        let result = unsafe inet_pton(isSix ? AF_INET6 : AF_INET, text, &bytes)
        try #require(result == 1, "\(text)")
        return try #require(NetworkAddress(Array(bytes.prefix(isSix ? 16 : 4))))
    }

    @Test(
        "what is in no public network",
        arguments: [
            "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255",
            "127.0.0.1", "127.255.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255",
            "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
            "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255",
            "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
            "::ffff:169.254.169.254", "::ffff:0.0.0.0", "::127.0.0.1", "64:ff9b::10.0.0.1",
            "64:ff9b::127.0.0.1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2001:2::1",
            "2002:7f00:1::1", "2002:a00:1::", "3fff::1", "fc00::1", "fd00:ec2::254", "fe80::1",
            "fec0::1", "ff02::1", "4000::1", "::ffff:0:127.0.0.1",
        ])
    func private_(_ text: String) throws {
        #expect(try !address(text).isPublic)
    }

    @Test(
        "what everybody may have",
        arguments: [
            "1.1.1.1", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.0.0.1",
            "128.0.0.1", "169.253.0.1", "172.15.0.1", "172.32.0.1", "192.167.0.1", "192.169.0.1",
            "198.17.0.1", "198.20.0.1", "223.255.255.255", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
            "2001:4860:4860::8888", "2606:4700::1111", "2a00:1450::1", "2003::1", "3ffe::1",
        ])
    func public_(_ text: String) throws {
        #expect(try address(text).isPublic)
    }

    @Test("other numbers of bytes are no address, and what is one can be read")
    func form() throws {
        #expect(NetworkAddress([]) == nil && NetworkAddress([1, 2, 3, 4, 5]) == nil)
        #expect(try address("127.0.0.1").description == "127.0.0.1")
        #expect(try address("fe80::1").description == "fe80:0:0:0:0:0:0:1")
    }
}

/// What is held against each address as a connection is made, on real sockets.
@Suite("the reach of a request", .blocking, .enabled(if: WebServer.isPossible))
struct ReachTests {
    private func ask(
        _ url: String, _ reach: WebRequest.Reach, isStatusEnough: Bool = false,
        totalMs: Int = 60_000
    ) throws -> Result<(answer: WebAnswer, bytes: [UInt8]), SwerveError> {
        let transfers = try WebTransfers()
        var request = WebRequest(try WebAddress(url, act: "asking"))
        request.reach = reach
        request.isStatusEnough = isStatusEnough
        var connection = WebConnection()
        connection.totalMs = totalMs
        _ = try transfers.begin(request, by: connection, limit: 100_000, act: "asking")
        while true {
            if let ended = try transfers.wait(for: [], timeoutMs: 60_000).first {
                return ended.result
            }
        }
    }

    @Test("no connection is made to this machine, however it is named")
    func refused() throws {
        let folder = try TemporaryFolder()
        try folder.write("file", "here")
        let server = try WebServer(folder.path(""))
        #expect(try ask(server.url("plain/file"), .direct).get().answer.status == 200)
        for host in [
            "127.0.0.1", "localhost", "0.0.0.0", "2130706433", "0x7f.1", "127.1",
            "[::ffff:127.0.0.1]", "[::1]", "[::]",
        ] {
            let error = try #require(throws: SwerveError.self) {
                _ = try ask(server.url("plain/file", host: host), .publicNetworks).get()
            }
            #expect(
                error.code == .refused && error.problem?.kind == .webhookPrivate,
                "\(host): \(error)")
        }
    }

    @Test("an answer's status is enough, whatever becomes of its body")
    func status() throws {
        let folder = try TemporaryFolder()
        try folder.write("file", [UInt8](repeating: 7, count: 300_000))
        let server = try WebServer(folder.path(""))
        for path in ["plain/file", "endless/file", "huge/file"] {
            let answer = try ask(server.url(path), .direct, isStatusEnough: true).get().answer
            #expect(answer.status == 200, "\(path)")
        }
        #expect(throws: SwerveError.self) {
            _ = try ask(server.url("slow:1000/file"), .direct, totalMs: 100).get()
        }
    }
}
