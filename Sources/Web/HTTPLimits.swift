/// What a server gives to strangers at most.
package struct HTTPLimits: Sendable, Equatable {
    /// Connections at the same time; one more, and the oldest is closed.
    package var connections = 64
    /// Bytes that a client may send from the end of a request to the end of the next: head and
    /// body.
    package var requestBytes = 64 << 10
    /// From the beginning of a connection to the end of its first request's head.
    package var firstRequestMs: Int64 = 10_000
    /// From a response to the end of the next request, however slowly its bytes come.
    package var betweenRequestsMs: Int64 = 120_000
    /// From a response to the client's having taken it.
    package var responseMs: Int64 = 10_000
    /// Bytes of all answers together that their clients have not taken; beyond, the oldest are
    /// given up.
    package var unreadBytes = 16 << 20
    /// The pauses between two tries to take an address that somebody else has.
    package var bindPauseMinMs: Int64 = 1_000
    package var bindPauseMaxMs: Int64 = 60_000

    package init() {}
}
