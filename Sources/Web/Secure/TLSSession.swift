import CTLS
import Lifecycle

/// The server's side of one connection in TLS: bytes of the network in and out, and what they hide.
///
/// On the thread of its connection alone.
@safe
final class TLSSession {
    enum Shake {
        case done
        /// The client has to say more.
        case more
        case failed
    }

    enum Read {
        case bytes([UInt8])
        case none
        /// The client says that nothing more comes.
        case closed
        case failed
    }

    private let ssl: OpaquePointer
    /// For as long as the connection: a certificate may be replaced meanwhile.
    private let context: TLSContext
    private var room = [UInt8](repeating: 0, count: roomBytes)

    /// - Throws: where there is no memory.
    init(_ context: TLSContext) throws(SwerveError) {
        guard let ssl = unsafe swerve_tls_connection(context.pointer) else {
            throw SwerveError(.system, act: "taking a connection", reason: "no memory for TLS")
        }
        unsafe self.ssl = ssl
        self.context = context
    }

    deinit { unsafe SSL_free(ssl) }

    /// Takes bytes of the network in; false where there is no memory.
    func put(_ bytes: [UInt8]) -> Bool {
        guard !bytes.isEmpty else { return true }
        return unsafe swerve_tls_put(ssl, bytes, Int32(clamping: bytes.count)) == 1
    }

    func shake() -> Shake {
        switch unsafe swerve_tls_shake(ssl) {
        case 1...: .done
        case SWERVE_TLS_MORE: .more
        default: .failed
        }
    }

    /// What the client sent, in pieces of 16 KiB at most.
    func read() -> Read {
        let count = unsafe swerve_tls_read(ssl, &room, Int32(room.count))
        switch count {
        case 1...: return .bytes(Array(room.prefix(Int(count))))
        case SWERVE_TLS_MORE: return .none
        case SWERVE_TLS_CLOSED: return .closed
        default: return .failed
        }
    }

    /// Hides bytes for the client; false where that is not possible any more.
    func write(_ bytes: [UInt8]) -> Bool {
        guard !bytes.isEmpty else { return true }
        return unsafe swerve_tls_write(ssl, bytes, Int32(clamping: bytes.count))
            == Int32(clamping: bytes.count)
    }

    /// Says to the client that nothing more comes.
    func end() { unsafe swerve_tls_end(ssl) }

    /// All that is to be sent.
    func take() -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let count = unsafe swerve_tls_take(ssl, &room, Int32(room.count))
            guard count > 0 else { return all }
            all += room.prefix(Int(count))
        }
    }

    /// A record of TLS has no more.
    private static let roomBytes = 16 << 10
}
