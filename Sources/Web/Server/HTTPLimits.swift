/// What a server gives to strangers at most.
package struct HTTPLimits: Sendable, Equatable {
    /// Connections at the same time; one more, and the oldest is closed that asks for nothing, or
    /// the oldest of all.
    package var connections = 64
    /// Bytes of a request's head, one reading of the socket more or less, and of bodies that nobody
    /// takes.
    package var requestBytes = 64 << 10
    /// Fields of a request's head.
    package var fields = 100
    /// From the beginning of a connection to the end of its first request's head.
    package var firstRequestMs: Int64 = 10_000
    /// From the beginning of a connection to the end of its handshake, where it has one.
    package var handshakeMs: Int64 = 5_000
    /// From a response to the end of the next request's head, however slowly its bytes come.
    package var betweenRequestsMs: Int64 = 120_000
    /// From a request's head to the end of its body, where the body is gathered; behind it the
    /// request is answered with 408.
    package var bodyMs: Int64 = 10_000
    /// A body that is taken while it comes: the longest pause, and the bytes a second that it must
    /// come with on the whole.
    package var bodyPauseMs = 10_000
    package var bodyBytesPerSecond = 16 << 10
    /// Bytes of the bodies of all requests together that are gathered before somebody answers.
    package var gatheredBytes = 32 << 20
    /// The bytes a second with which an answer that is sent bit by bit must be taken on the whole.
    package var answerBytesPerSecond = 16 << 10
    /// From a response, or a part of one, to the client's having taken it.
    package var responseMs: Int64 = 10_000
    /// Bytes of all answers together that their clients have not taken; beyond, the oldest are
    /// given up.
    package var unreadBytes = 16 << 20
    /// Threads that answer, where routes wait for something, and requests that wait for one.
    package var workers = 0
    package var waitingRequests = 64
    /// The same for routes that change something.
    package var changes = 0
    package var waitingChanges = 16
    /// The same for routes that send or take much.
    package var transfers = 0
    package var waitingTransfers = 8
    /// What is sent as it happens: how many clients listen at the same time, and the bytes that one
    /// of them may lag behind.
    package var feeds = 0
    package var feedBytes = 256 << 10
    /// What a client is told to wait, in seconds, where there is no room for its request.
    package var retryAfterSeconds = 1
    /// How long a stop waits for requests at work before their connections are closed.
    package var stopMs = 5_000
    /// The pauses between two tries to take an address that somebody else has.
    package var bindPauseMinMs: Int64 = 1_000
    package var bindPauseMaxMs: Int64 = 60_000

    package init() {}
}
