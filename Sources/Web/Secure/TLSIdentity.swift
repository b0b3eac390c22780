package import Lifecycle
import Platform

/// Who a server is to its clients: certificate and key in files, which may be replaced while it
/// runs.
///
/// Connections that are there keep the certificate that they began with.
package final class TLSIdentity: Sendable {
    private struct State {
        var context: TLSContext
        /// Of both files, as they were loaded.
        var seen: [FileStatus?]
        /// That was tried last, and could not be used.
        var refused: [FileStatus?]?
    }

    private let certificate: String
    private let key: String
    private let state: Guarded<State>

    /// - Parameters: files in PEM; behind the certificate may stand those that stand for it.
    /// - Throws: as `refresh`.
    package init(certificate: String, key: String) throws(SwerveError) {
        self.certificate = certificate
        self.key = key
        let seen = try Self.seen(certificate, key)
        state = Guarded(
            State(context: try TLSContext(certificate: certificate, key: key), seen: seen))
    }

    /// When the certificate ends, in milliseconds since 1970.
    package var endsAtMs: Int64 { state.withLock { $0.context.endsAtMs } }

    var context: TLSContext { state.withLock { $0.context } }

    /// Loads the files anew where they are others; blocks for two files.
    ///
    /// - Returns: whether there is another certificate now.
    /// - Throws: where they cannot be used, once for each pair: the one from before is kept, since
    ///   whoever replaces two files is at one of them first.
    package func refresh() throws(SwerveError) -> Bool {
        let seen = try Self.seen(certificate, key)
        let isNew = state.withLock { $0.seen != seen && $0.refused != seen }
        guard isNew else { return false }
        do throws(SwerveError) {
            let context = try TLSContext(certificate: certificate, key: key)
            state.withLock { state in
                state.context = context
                state.seen = seen
                state.refused = nil
            }
            return true
        } catch {
            state.withLock { $0.refused = seen }
            throw error
        }
    }

    private static func seen(
        _ certificate: String, _ key: String
    ) throws(SwerveError) -> [FileStatus?] {
        [try FileStatus.of(certificate), try FileStatus.of(key)]
    }
}
