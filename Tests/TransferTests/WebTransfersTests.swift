import Lifecycle
import Platform
import TestSupport
import Testing

@testable import Transfer

/// Several requests at a time on one thread.
@Suite("Web transfers", .blocking, .enabled(if: WebServer.isPossible))
struct WebTransfersTests {
    private let folder: TemporaryFolder
    private let server: WebServer
    private let transfers: WebTransfers

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("file", [UInt8](repeating: 7, count: 300_000))
        server = try WebServer(folder.path(""))
        transfers = try WebTransfers()
    }

    private func begin(
        _ path: String, limit: Int = 1 << 20, totalMs: Int? = nil
    ) throws -> Int {
        var connection = WebConnection()
        connection.totalMs = totalMs
        return try transfers.begin(
            WebRequest(WebAddress(server.url(path), act: "asking")), by: connection, limit: limit,
            act: "asking")
    }

    private func end(_ count: Int) throws -> [WebTransfers.Ended] {
        var ended: [WebTransfers.Ended] = []
        while ended.count < count { ended += try transfers.wait(for: [], timeoutMs: 60_000) }
        return ended
    }

    @Test("each ends with its own answer, whichever ends first")
    func several() throws {
        let silent = try begin("slow:1000/file")
        let numbers = try [begin("plain/file"), begin("status:503:7/file"), begin("plain/none")]
        #expect(transfers.count == 4)
        let ended = try end(3)
        #expect(Set(ended.map(\.number)) == Set(numbers) && transfers.count == 1)
        for ended in ended {
            let (answer, bytes) = try ended.result.get()
            switch ended.number {
            case numbers[0]: #expect(answer.status == 200 && bytes.count == 300_000)
            case numbers[1]:
                #expect((answer.status, answer.retryAfter) == (503, 7))
                #expect(answer.refusal == Array("no".utf8) && bytes.isEmpty)
            default: #expect(answer.status == 404 && bytes.isEmpty)
            }
        }
        #expect(silent != numbers[0])
        transfers.cancel()
        #expect(transfers.count == 0)
    }

    @Test("a descriptor that is readable ends a wait")
    func woken() throws {
        _ = try begin("slow:1000/file")
        let wake = try EventFD()
        wake.signal()
        #expect(try transfers.wait(for: [wake.descriptor], timeoutMs: 600_000).isEmpty)
        transfers.cancel()
        #expect(try transfers.wait(for: [wake.descriptor], timeoutMs: 600_000).isEmpty)
    }

    @Test("a transfer has a time, and a size")
    func bounds() throws {
        _ = try begin("slow:1000/file", totalMs: 200)
        let slow = try end(1)[0]
        let error = try #require(throws: SwerveError.self) { _ = try slow.result.get() }
        #expect(error.code == .unavailable && error.reason.contains("200 ms"), "\(error)")
        for path in ["plain/file", "endless/file", "huge/file"] {
            _ = try begin(path, limit: 200_000)
            guard case .failure(let error) = try end(1)[0].result else {
                Issue.record("\(path) came")
                continue
            }
            #expect(error.code == .tooLarge, "\(path): \(error)")
        }
    }

    @Test("a text in a path keeps its place")
    func encoded() {
        #expect("a-b_c.d~1".percentEncoded == "a-b_c.d~1")
        #expect("a b/\u{E4}%?#".percentEncoded == "a%20b%2F%C3%A4%25%3F%23")
    }
}
