package import Lifecycle
import Platform

/// A request under a key of its client's, which is carried out once.
package struct RequestMark: Sendable, Equatable {
    package let subject: String
    package let key: String
    /// Of what is asked.
    package let request: Digest
    /// Of the one time that it is carried out.
    let carrying: String
    /// Milliseconds since 1970, of a clock that does not step while the process runs.
    let atMs: Int64

    package init(subject: String, key: String, request: Digest, atMs: Int64) {
        self.subject = subject
        self.key = key
        self.request = request
        carrying = ProcessIdentity.makeUUID()
        self.atMs = atMs
    }
}

/// What a request was answered with that was carried out.
package struct RequestAnswer: Sendable, Equatable {
    package let status: Int
    /// The fields of its head that are its own.
    package let head: [String: String]
    package let body: [UInt8]

    package init(status: Int, head: [String: String], body: [UInt8]) {
        self.status = status
        self.head = head
        self.body = body
    }
}

/// Which request each thread carries out.
///
/// A request is one thread's from its beginning to its end, and its change is written by that one.
final class RequestMarks: Sendable {
    private let marks = Guarded<[UInt: RequestMark]>([:])

    var current: RequestMark? { marks.withLock { $0[OSThread.currentNumber] } }

    func set(_ mark: RequestMark?) { marks.withLock { $0[OSThread.currentNumber] = mark } }
}
