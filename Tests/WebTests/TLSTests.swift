import Foundation
import Lifecycle
import Platform
import TestSupport
import Testing

@testable import Web

/// The curl command.
private enum Curl {
    static let path = "/usr/bin/curl"
    static let isPossible = FileManager.default.fileExists(atPath: path)
}

/// HTTPS over real sockets, against curl and the openssl command, and against those who mean harm.
@Suite("HTTPS", .blocking, .enabled(if: TestAuthority.isPossible && Curl.isPossible))
struct TLSTests {

    /// A server with a certificate of the test's own authority.
    private final class Running {
        let folder: TemporaryFolder
        let authority: TestAuthority
        let identity: TLSIdentity
        let files: (certificate: String, key: String)
        let server: HTTPServer
        let port: Int
        private let kept: Kept
        private let arrived: EventFD

        private final class Kept: Sendable {
            let feeds = Guarded<[HTTPFeed]>([])
        }

        init(change: (inout HTTPLimits) -> Void = { _ in }) throws {
            folder = try TemporaryFolder()
            authority = try TestAuthority(folder)
            files = try authority.identity("server")
            identity = try TLSIdentity(certificate: files.certificate, key: files.key)
            var limits = HTTPLimits()
            limits.workers = 2
            limits.transfers = 2
            limits.feeds = 4
            change(&limits)
            let ready = try EventFD()
            let found = Guarded(0)
            let (arrived, kept) = (try EventFD(), Kept())
            server = try HTTPServer(
                address: HTTPAddress(host: "127.0.0.1", port: 0), limits: limits,
                identity: identity,
                routes: HTTPRoutes([
                    HTTPRoute("GET", "/") { _ in .text("salutation") },
                    HTTPRoute("POST", "/count", .transfer(bodyBytes: 64 << 20)) { request in
                        var hash = ContentHash()
                        var count = 0
                        do throws(SwerveError) {
                            while let bytes = try request.body.next() {
                                hash.update(bytes)
                                count += bytes.count
                            }
                        } catch {
                            return .text("\(error)", status: 400)
                        }
                        return .text("\(count) \(hash.digest())")
                    },
                    HTTPRoute("GET", "/large", .transfer(bodyBytes: 0)) { _ in
                        HTTPResponse(
                            contentType: "application/octet-stream",
                            payload: .stream(length: Int64(Self.largeBytes)) { writer in
                                for _ in 0..<(Self.largeBytes >> 16) {
                                    try writer.write([UInt8](repeating: 7, count: 1 << 16))
                                }
                            })
                    },
                    HTTPRoute("GET", "/whole", .work(bodyBytes: 0)) { _ in
                        HTTPResponse(
                            contentType: "application/octet-stream",
                            body: [UInt8](repeating: 9, count: 3_000_001))
                    },
                    HTTPRoute("GET", "/feed") { _ in
                        let feed = HTTPFeed(limit: 1 << 20)
                        kept.feeds.withLock { $0.append(feed) }
                        arrived.signal()
                        return HTTPResponse(
                            contentType: "text/event-stream", payload: .feed(feed))
                    },
                ])
            ) { event in
                if case .listening(let port) = event { found.withLock { $0 = port } }
                ready.signal()
            }
            self.kept = kept
            self.arrived = arrived
            server.start()
            _ = try Poll.waitForAny([ready.descriptor], timeoutMs: nil)
            port = found.withLock { $0 }
        }

        deinit { server.stop() }

        func nextFeed() throws -> HTTPFeed {
            while true {
                if let feed = kept.feeds.withLock({ $0.popLast() }) { return feed }
                _ = try Poll.waitForAny([arrived.descriptor], timeoutMs: nil)
                arrived.drain()
            }
        }

        static let largeBytes = 8 << 20

        func url(_ path: String, host: String = "localhost") -> String {
            "https://\(host):\(port)\(path)"
        }

        /// What curl prints, and how it ended.
        func curl(_ arguments: [String]) throws -> (code: Platform.ExitStatus, output: String) {
            let process = try child(
                Curl.path, ["-sS", "--cacert", authority.ca] + arguments)
            let output = try TLSTests.all(of: process)
            return (try process.wait(), output)
        }

        /// The openssl command as a client, with that standard input.
        func client(_ arguments: [String], _ input: String = "") throws -> String {
            let file = try folder.write("input-\(UUID().uuidString)", input)
            let command =
                "exec /usr/bin/openssl s_client -connect 127.0.0.1:\(port) "
                + "\(arguments.joined(separator: " ")) < '\(file)' 2>&1"
            let process = try child("/bin/sh", ["-c", command])
            let output = try TLSTests.all(of: process)
            _ = try process.wait()
            return output
        }

        func child(_ path: String, _ arguments: [String]) throws -> ChildProcess {
            var command = ChildCommand(executable: path, arguments: arguments)
            command.standardOutput = .pipe
            return try ChildProcess.spawn(command)
        }
    }

    private static func all(of process: ChildProcess) throws -> String {
        var lines = PipeLineReader(try #require(process.standardOutput), limit: 16 << 20)
        var text = ""
        while let line = try lines.next(timeoutMs: 60_000, act: "reading") {
            text += String(decoding: line, as: UTF8.self) + "\n"
        }
        return text
    }

    @Test("curl believes it, over HTTP/1.1, and keeps its connection over several requests")
    func keepAlive() throws {
        let running = try Running()
        let answer = try running.curl([
            "-v", "--stderr", "-", running.url("/"), running.url("/none"), running.url("/"),
        ])
        #expect(answer.code == .code(0), "\(answer)")
        #expect(answer.output.components(separatedBy: "salutation").count == 3)
        #expect(answer.output.contains("server accepted http/1.1"), "\(answer)")
        #expect(answer.output.contains("Re-using existing connection"), "\(answer)")
        #expect(answer.output.contains("TLSv1.3"))
        // Without the authority it is not believed.
        let other = try running.child(Curl.path, ["-sS", running.url("/")])
        _ = try Self.all(of: other)
        #expect(try other.wait() != .code(0))
    }

    @Test("the versions that are spoken")
    func versions() throws {
        let running = try Running()
        let get = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        for version in ["-tls1_2", "-tls1_3"] {
            let text = try running.client(
                [version, "-CAfile", running.authority.ca, "-quiet", "-no_ign_eof"], get)
            #expect(text.contains("verify return:1"), "\(text)")
        }
        for version in ["-tls1_1", "-tls1"] {
            let text = try running.client([version, "-cipher", "DEFAULT@SECLEVEL=0"], get)
            #expect(!text.contains("salutation") && text.contains("alert"), "\(text)")
        }
        // A client that offers no HTTP/1.1 is told so.
        let other = try running.client(["-alpn", "h2"], get)
        #expect(other.contains("no application protocol"), "\(other)")
    }

    @Test("a large upload and a large download, whole to the last byte")
    func large() throws {
        let running = try Running()
        let bytes = (0..<(5 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ ($0 >> 9)) }
        let file = try running.folder.write("upload", bytes)
        let up = try running.curl([
            "--data-binary", "@\(file)", "-H", "Content-Type: application/octet-stream",
            running.url("/count"),
        ])
        #expect(up.output == "\(bytes.count) \(ContentHash.sha256(bytes))\n", "\(up)")
        for (path, wanted) in [
            ("/large", [UInt8](repeating: 7, count: Running.largeBytes)),
            ("/whole", [UInt8](repeating: 9, count: 3_000_001)),
        ] {
            let target = running.folder.path("down")
            let down = try running.curl(["-o", target, running.url(path)])
            #expect(down.code == .code(0), "\(down)")
            #expect(try Data(contentsOf: URL(fileURLWithPath: target)) == Data(wanted), "\(path)")
        }
    }

    @Test("events come as they are sent, and the end is told by TLS")
    func feed() throws {
        let running = try Running()
        let process = try running.child(
            Curl.path, ["-sSN", "--cacert", running.authority.ca, running.url("/feed")])
        let feed = try running.nextFeed()
        var lines = PipeLineReader(try #require(process.standardOutput), limit: 1 << 20)
        for number in 0..<3 {
            feed.send(Array("data: \(number)\n".utf8))
            let line = try lines.next(timeoutMs: 60_000, act: "reading")
            #expect(line.map { String(decoding: $0, as: UTF8.self) } == "data: \(number)")
        }
        feed.end()
        while try lines.next(timeoutMs: 60_000, act: "reading") != nil {}
        _ = try process.wait()
    }

    @Test("plain HTTP is told that this port speaks HTTPS")
    func plain() throws {
        let running = try Running()
        let answer = try TestSocket.get("/", port: running.port)
        #expect(answer.status == 400 && answer.body.contains("https://"), "\(answer)")
        #expect(answer.head.contains("text/plain"))
        let socket = try TestSocket(port: running.port)
        socket.send("POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
        for _ in 0..<10 { socket.send(String(repeating: "x", count: 100_000)) }
        #expect(socket.receiveAll().hasPrefix("HTTP/1.1 400"))
    }

    /// A handshake's first message, as openssl sends it.
    private static func hello(_ running: Running) throws -> [UInt8] {
        let text = try running.client(["-msg", "-CAfile", running.authority.ca])
        // `>>> TLS 1.3, Handshake [length 0138], ClientHello` and lines of hex below it.
        var bytes: [UInt8] = []
        var isWithin = false
        for line in text.split(separator: "\n") {
            if line.contains("ClientHello") {
                isWithin = true
                continue
            }
            guard isWithin else { continue }
            guard line.hasPrefix("    ") else { break }
            bytes += line.split(separator: " ").compactMap { UInt8($0, radix: 16) }
        }
        try #require(bytes.count > 100, "\(text)")
        return [0x16, 3, 1, UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)] + bytes
    }

    private func send(_ bytes: [UInt8], to running: Running) throws -> [UInt8] {
        let socket = try TestSocket(port: running.port)
        socket.send(bytes)
        socket.shutWriting()
        var all: [UInt8] = []
        while true {
            let more = socket.receive()
            guard !more.isEmpty else { return all }
            all += more
        }
    }

    @Test("garbled, cut and changed handshakes end the connection and harm nobody else")
    func hostile() throws {
        let running = try Running()
        let hello = try Self.hello(running)
        #expect(try send(hello, to: running).first == 0x16)
        var generator = SeededGenerator(seed: 17)
        for number in 0..<150 {
            var bytes = hello
            switch number % 5 {
            case 0: bytes = Array(hello.prefix(Int.random(in: 0..<hello.count, using: &generator)))
            case 1:
                for _ in 0..<Int.random(in: 1...8, using: &generator) {
                    let place = Int.random(in: 1..<bytes.count, using: &generator)
                    bytes[place] = UInt8.random(in: .min ... .max, using: &generator)
                }
            case 2:
                bytes = (0..<Int.random(in: 1...3_000, using: &generator)).map { _ in
                    UInt8.random(in: .min ... .max, using: &generator)
                }
            case 3:
                // Records that are longer than any may be, alerts, data before the handshake.
                let kind = UInt8.random(in: 20...24, using: &generator)
                bytes = [0x16, 3, 3, 0xFF, 0xFF] + [kind, 3, 3, 0, 2, 1, 0] + bytes
            default:
                bytes = hello + hello + [0x17, 3, 3, 0, 5, 1, 2, 3, 4, 5]
            }
            _ = try send(bytes, to: running)
        }
        #expect(try running.curl([running.url("/")]).output == "salutation\n")
    }

    @Test("a handshake that goes on without end, or not at all, is given up")
    func endless() throws {
        let running = try Running { $0.handshakeMs = 1_500 }
        let silent = try TestSocket(port: running.port)
        #expect(silent.receiveAll().isEmpty)
        // The beginning of a message of 16 MB, in records that are each as they should be.
        let endless = try TestSocket(port: running.port)
        let record: [UInt8] = [0x16, 3, 1, 0x40, 0] + [UInt8](repeating: 1, count: 1 << 14)
        var isOpen = true
        for _ in 0..<1_000 where isOpen { isOpen = endless.send(record) }
        #expect(!isOpen)
        #expect(try running.curl([running.url("/")]).output == "salutation\n")
    }

    @Test("nobody begins a second handshake within a connection")
    func renegotiation() throws {
        let running = try Running()
        // `R` at the beginning of a line asks for one.
        let text = try running.client(
            ["-tls1_2", "-CAfile", running.authority.ca, "-no_ign_eof"], "R\n")
        #expect(
            text.contains("no renegotiation") || text.contains("NO_RENEGOTIATION")
                || text.contains("no_renegotiation"), "\(text)")
    }

    @Test("replaced files are shown to new connections; what cannot be used is told once")
    func replaced() throws {
        let running = try Running()
        #expect(try !running.identity.refresh())
        let before = running.identity.endsAtMs
        let other = try running.authority.identity("other", days: 20)
        func copy(_ from: String, _ to: String) throws {
            try StateFile.write(to, try StateFile.read(from, limit: 1 << 20))
        }
        try copy(other.certificate, running.files.certificate)
        let error = try #require(throws: SwerveError.self) { try running.identity.refresh() }
        #expect(error.reason.contains("another certificate"), "\(error)")
        #expect(try !running.identity.refresh())
        #expect(running.identity.endsAtMs == before)
        try copy(other.key, running.files.key)
        #expect(try running.identity.refresh())
        #expect(running.identity.endsAtMs > before)
        let seen = try running.client(["-CAfile", running.authority.ca])
        #expect(seen.contains("CN = other"), "\(seen)")
    }

    @Test("files that are no certificate and its key are refused with what is wrong")
    func files() throws {
        let folder = try TemporaryFolder()
        let authority = try TestAuthority(folder)
        let good = try authority.identity("good")
        let other = try authority.identity("other")
        let empty = try folder.write("empty", "")
        let cases: [(String, String, String)] = [
            (empty, good.key, "no certificate"), (good.certificate, empty, "no key"),
            (good.certificate, folder.path("none"), "none: open: No such file"),
            (folder.path("none"), good.key, "none: open: No such file"),
            (good.certificate, other.key, "another certificate"),
            (good.key, good.certificate, "no certificate"),
        ]
        for (certificate, key, words) in cases {
            let error = try #require(throws: SwerveError.self) {
                _ = try TLSIdentity(certificate: certificate, key: key)
            }
            #expect(error.reason.contains(words), "\(error)")
        }
    }
}
