import NIOCore
import Platform

/// The connections of a server, oldest first.
///
/// Used on the server's thread, but for `closeAll`.
final class HTTPConnections: Sendable {
    private struct Connection {
        let channel: any Channel
        /// Of the answer that the client has not taken yet.
        var unreadBytes = 0
        /// Whether a request of its is at work.
        var isBusy = false
    }

    private let max: Int
    private let unreadMax: Int
    private let open = Guarded<[Connection]>([])

    init(max: Int, unreadBytes: Int) {
        self.max = max
        unreadMax = unreadBytes
    }

    /// Takes a connection in, and closes the oldest where there are too many.
    ///
    /// So who asks now is answered, however many others hold on to theirs. Those that wait for an
    /// answer go last.
    func add(_ channel: any Channel) {
        let oldest = open.withLock { open -> (any Channel)? in
            open.append(Connection(channel: channel))
            guard open.count > max else { return nil }
            return open.remove(at: open.dropLast().firstIndex { !$0.isBusy } ?? 0).channel
        }
        oldest?.close(promise: nil)
    }

    func remove(_ channel: any Channel) {
        open.withLock { open in open.removeAll { $0.channel === channel } }
    }

    /// A request of it is at work, or is answered.
    func setBusy(_ channel: any Channel, _ isBusy: Bool) {
        change(channel) { $0.isBusy = isBusy }
    }

    /// A connection gets an answer of so many bytes: where those that wait for their clients would
    /// have too many together, the oldest of the others give way.
    func answering(_ channel: any Channel, bytes: Int) {
        let others = open.withLock { open -> [any Channel] in
            var unread = bytes
            for place in open.indices {
                if open[place].channel === channel { open[place].unreadBytes = 0 }
                unread += open[place].unreadBytes
            }
            var closed: [any Channel] = []
            for place in open.indices where unread > unreadMax && open[place].unreadBytes > 0 {
                unread -= open[place].unreadBytes
                open[place].unreadBytes = 0
                closed.append(open[place].channel)
            }
            for place in open.indices where open[place].channel === channel {
                open[place].unreadBytes = bytes
            }
            return closed
        }
        for other in others { other.close(promise: nil) }
    }

    /// The client has taken it.
    func answered(_ channel: any Channel) { change(channel) { $0.unreadBytes = 0 } }

    /// From any thread.
    func closeAll() {
        for connection in open.withLock({ $0 }) { connection.channel.close(promise: nil) }
    }

    private func change(_ channel: any Channel, _ body: (inout Connection) -> Void) {
        open.withLock { open in
            for place in open.indices where open[place].channel === channel { body(&open[place]) }
        }
    }
}
