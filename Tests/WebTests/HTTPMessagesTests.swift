import Lifecycle
import Platform
import Testing

@testable import Web

/// Bodies, feeds and fields without a server.
@Suite("HTTP messages")
struct HTTPMessagesTests {
    @Test("what is sent while a feed begins goes out behind what was sent before")
    func feedKeepsOrder() {
        let feed = HTTPFeed(limit: 1_000)
        feed.send([1])
        feed.send([2])
        let sent = Guarded<[[UInt8]]>([])
        feed.begin { bytes in
            // As another thread does that sends between two of those from before.
            if bytes == [1] { feed.send([3]) }
            sent.withLock { $0.append(bytes) }
        } end: {
        }
        feed.send([4])
        feed.end()
        let order = sent.withLock { $0 }
        #expect(order == [[1], [2], [3], [4]])
    }

    @Test("a feed that ends before or while it begins tells so once, and sends no more")
    func feedEnds() {
        for isEarly in [true, false] {
            let feed = HTTPFeed(limit: 1_000)
            feed.send([1])
            if isEarly { feed.end() }
            let (sent, ended) = (Counter(), Counter())
            feed.begin { _ in
                sent.add()
                feed.end()
            } end: {
                ended.add()
            }
            #expect(!feed.send([2]))
            #expect(ended.count == 1)
            #expect(sent.count == (isEarly ? 0 : 1))
        }
    }

    private final class Counter: Sendable {
        private let value = Guarded(0)
        func add() { value.withLock { $0 += 1 } }
        var count: Int { value.withLock { $0 } }
    }

    @Test("a body that comes in single bytes is taken in few pieces, whole and in order")
    func bodyJoins() throws {
        let body = try HTTPBody(pace: .init(pauseMs: 1_000, bytesPerSecond: 1)) {}
        let count = 4 * HTTPBody.joinedBytes
        var hadRoom = true
        for number in 0..<count {
            hadRoom = body.put([UInt8(truncatingIfNeeded: number)]) && hadRoom
        }
        body.finish()
        #expect(hadRoom)
        var sizes: [Int] = []
        var bytes: [UInt8] = []
        while let piece = try body.next() {
            sizes.append(piece.count)
            bytes += piece
        }
        #expect(sizes == [Int](repeating: HTTPBody.joinedBytes, count: 4))
        let isInOrder = bytes.indices.allSatisfy { bytes[$0] == UInt8(truncatingIfNeeded: $0) }
        #expect(isInOrder)
    }

    @Test("only the case of ASCII's letters does not count in the names of fields")
    func fieldNames() {
        let fields = HTTPFields([("X-Key", "1"), ("X-\u{212A}ey", "2")])
        #expect(fields.all("x-key") == ["1"])
        #expect(fields["X-KEY"] == "1")
        #expect("Chun\u{212A}ed".asciiLowercased != "chunked")
        #expect("ChunKed".asciiLowercased == "chunked")
    }
}
