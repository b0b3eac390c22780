import Lifecycle
import Platform
import TestSupport
import Testing

@testable import Transfer

/// What libcurl and a server that does what it likes make of requests.
@Suite("Web client", .blocking, .enabled(if: WebServer.isPossible && TestAuthority.isPossible))
struct WebClientTests {
    private final class Sink: WebSink {
        var answer: WebAnswer?
        var bytes: [UInt8] = []
        var refusal: SwerveError?

        func begin(_ answer: WebAnswer) throws(SwerveError) { self.answer = answer }

        func take(_ bytes: [UInt8]) throws(SwerveError) {
            if let refusal { throw refusal }
            self.bytes += bytes
        }
    }

    private let folder: TemporaryFolder
    private let content = [UInt8](repeating: 7, count: 300_000)
    private var connection = WebConnection()

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("file", content)
        connection.slowSeconds = 1
    }

    private func get(
        _ url: String, from: Int64 = 0, limit: Int64 = 1 << 20, token: String? = nil,
        sink: Sink = Sink(), isCancelled: @escaping () -> Bool = { false }
    ) throws -> (WebAnswer, [UInt8]) {
        let client = WebClient(connection, token: token.map { SecretFile(path: $0) })
        var wish = WebClient.Wish(try WebAddress(url, act: "fetching"))
        wish.from = from
        let answer = try client.get(
            wish, limit: limit, sink: sink, act: "fetching", isCancelled: isCancelled)
        return (answer, sink.bytes)
    }

    private func failure(_ body: () throws -> Void) throws -> SwerveError {
        do {
            try body()
        } catch let error as SwerveError {
            return error
        }
        throw SwerveError(.system, act: "testing", reason: "nothing was refused")
    }

    @Test("the whole, the rest, and a file come")
    func comes() throws {
        let server = try WebServer(folder.path(""))
        #expect(try get(server.url("plain/file")).1 == content)
        let (answer, rest) = try get(server.url("plain/file"), from: 299_000)
        #expect((answer.status, answer.rangeStart, rest.count) == (206, 299_000, 1_000))
        #expect(answer.validator == "\"1\"")
        #expect(try get("file://\(folder.path("file"))").1 == content)
    }

    @Test("only what its own server gets has the token, also after redirects")
    func token() throws {
        let (server, other) = (try WebServer(folder.path("")), try WebServer(folder.path("")))
        let token = try folder.write("token", "s3cret\n")
        _ = try get(server.url("to/x?url=\(other.url("plain/file"))"), token: token)
        #expect(try server.next().authorization == "Bearer s3cret")
        #expect(try other.next().authorization == nil)
        _ = try get(server.url("to/x?url=\(server.url("plain/file"))"), token: token)
        _ = try server.next()
        #expect(try server.next().authorization == "Bearer s3cret")
        // It is read again for each request.
        try folder.write("token", "another\n")
        _ = try get(server.url("plain/file"), token: token)
        #expect(try server.next().authorization == "Bearer another")
        for wrong in ["", "two\nlines\n"] {
            try folder.write("token", wrong)
            let error = try failure { _ = try get(server.url("plain/file"), token: token) }
            #expect(error.code == .unavailable && error.reason.contains(token))
            #expect(!error.description.contains("lines"))
        }
    }

    @Test("five redirects are followed, and six are not")
    func redirects() throws {
        let server = try WebServer(folder.path(""))
        #expect(try get(server.url("redirect:302:5/file")).1 == content)
        let error = try failure { _ = try get(server.url("redirect:302:6/file")) }
        #expect(error.code == .refused && error.reason.contains("5 times"))
        let file = try failure { _ = try get(server.url("to/x?url=file:///etc/hostname")) }
        #expect(file.code == .refused && file.reason.contains("to file"))
    }

    @Test(
        "an answer that is no success gives the sink nothing",
        arguments: [401, 403, 404, 429, 500, 503])
    func statuses(status: Int) throws {
        let server = try WebServer(folder.path(""))
        let (answer, bytes) = try get(server.url("status:\(status):7/file"))
        #expect((answer.status, answer.retryAfter, bytes.count) == (status, 7, 0))
    }

    @Test("more bytes than the bound end the transfer, announced or not")
    func bounds() throws {
        let server = try WebServer(folder.path(""))
        for path in ["plain/file", "endless/file", "huge/file", "headers/file"] {
            let error = try failure { _ = try get(server.url(path), limit: 200_000) }
            #expect(error.code == .tooLarge, "\(path): \(error)")
        }
    }

    @Test("what breaks in the middle passes, and what came was given on")
    func breaks() throws {
        let server = try WebServer(folder.path(""))
        for path in ["cut:1000/file", "long/file"] {
            let sink = Sink()
            let error = try failure { _ = try get(server.url(path), sink: sink) }
            #expect(error.code == .unavailable, "\(path): \(error)")
            #expect(!sink.bytes.isEmpty && sink.bytes.allSatisfy { $0 == 7 })
        }
    }

    @Test("a server that stops sending is given up")
    func slow() throws {
        let server = try WebServer(folder.path(""))
        let error = try failure { _ = try get(server.url("slow:1000/file")) }
        #expect(error.code == .unavailable && error.reason.contains("too slow"))
    }

    @Test("a cancellation ends a transfer that nothing comes of")
    func cancelled() throws {
        let server = try WebServer(folder.path(""))
        let isCancelled = Guarded(false)
        var patient = self
        patient.connection.slowSeconds = 600
        let sink = Sink()
        let error = try failure {
            _ = try patient.get(server.url("slow:1000/file"), sink: sink) {
                if sink.bytes.count == 1_000 { isCancelled.withLock { $0 = true } }
                return isCancelled.withLock { $0 }
            }
        }
        #expect(error.code == .unavailable && error.reason.contains("cancelled"))
    }

    @Test("what the sink refuses is the error")
    func refusing() throws {
        let server = try WebServer(folder.path(""))
        let sink = Sink()
        sink.refusal = SwerveError(.invalid, act: "testing", reason: "not that")
        let error = try failure { _ = try get(server.url("plain/file"), sink: sink) }
        #expect(error == sink.refusal)
    }

    @Test("nobody is there: it passes, and says whom it looked for")
    func nobody() throws {
        let error = try failure { _ = try get("http://127.0.0.1:1/file") }
        #expect(error.code == .unavailable && error.reason.contains("127.0.0.1"))
        #expect(try failure { _ = try get("file:///nowhere") }.code == .notFound)
        #expect(try failure { _ = try get("file:///dev/zero") }.code == .refused)
    }

    @Test("a certificate is believed by the authority that is named, and told as what it is")
    func certificates() throws {
        let authority = try TestAuthority(folder)
        let server = try WebServer(folder.path(""), identity: authority.identity("server"))
        var unknown = try failure { _ = try get(server.url("plain/file")) }
        #expect(unknown.code == .unavailable)
        #expect(unknown.reason.contains("certificate is not believed"), "\(unknown)")
        var believing = self
        believing.connection.caFile = authority.ca
        #expect(try believing.get(server.url("plain/file")).1 == content)
        #expect(try believing.get(server.url("plain/file", host: "localhost")).1 == content)

        let expired = try WebServer(
            folder.path(""), identity: authority.identity("expired", days: -1))
        unknown = try failure { _ = try believing.get(expired.url("plain/file")) }
        #expect(unknown.reason.contains("expired"), "\(unknown)")
        let foreign = try WebServer(
            folder.path(""), identity: authority.identity("foreign", hosts: "DNS:other.example"))
        unknown = try failure { _ = try believing.get(foreign.url("plain/file")) }
        #expect(unknown.reason.contains("127.0.0.1"), "\(unknown)")
        believing.connection.caFile = folder.path("none.pem")
        unknown = try failure { _ = try believing.get(server.url("plain/file")) }
        #expect(unknown.reason.contains("none.pem"), "\(unknown)")
        #expect(unknown.code == .unavailable && unknown.reason.contains("no file"), "\(unknown)")
    }

    @Test("for a person it is no passing fault, and the settings are named that put it right")
    func attended() throws {
        let authority = try TestAuthority(folder)
        let server = try WebServer(folder.path(""), identity: authority.identity("server"))
        var client = self
        client.connection.caSetting = "--ca or hub.ca"
        client.connection.isAttended = true
        for file in [nil, folder.path("none.pem"), folder.path("file")] {
            client.connection.caFile = file
            let error = try failure { _ = try client.get(server.url("plain/file")) }
            #expect(error.code == .refused && error.remedy.contains("--ca or hub.ca"), "\(error)")
        }
    }

    @Test("a server that wants a certificate of the client gets the one that is named")
    func clientCertificates() throws {
        let authority = try TestAuthority(folder)
        let server = try WebServer(
            folder.path(""), identity: authority.identity("server"), clientCA: authority.ca)
        var client = self
        client.connection.caFile = authority.ca
        #expect(try failure { _ = try client.get(server.url("plain/file")) }.code == .unavailable)
        let identity = try authority.identity("client")
        client.connection.certificateFile = identity.certificate
        client.connection.keyFile = identity.key
        #expect(try client.get(server.url("plain/file")).1 == content)
    }

    @Test("a redirect from https to http is not followed")
    func downgrade() throws {
        let authority = try TestAuthority(folder)
        let server = try WebServer(folder.path(""), identity: authority.identity("server"))
        let plain = try WebServer(folder.path(""))
        var client = self
        client.connection.caFile = authority.ca
        let error = try failure {
            _ = try client.get(server.url("to/x?url=\(plain.url("plain/file"))"))
        }
        #expect(error.code == .refused && error.reason.contains("https to http"))
    }
}
