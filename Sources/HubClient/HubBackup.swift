import FoundationEssentials
package import Lifecycle
import Platform
package import Registry
import Transfer

/// A copy of the whole registry out of a hub, in a file of this machine.
package struct HubBackup {
    private let address: HubAddress

    package init(_ address: HubAddress) { self.address = address }

    /// Fetches it, holds it against its digest, checks it whole as `Registry.backup` does, and only
    /// then gives it its name; nobody else may read it.
    ///
    /// Blocks, on a thread of our own.
    /// - Parameter isForced: replaces a file that is there.
    /// - Throws: the hub's own error; `.unavailable` where it is not reached or breaks off;
    ///   `.invalid` where what comes is another than it says; `.refused` where the file exists.
    ///   What is there stays as it was then.
    package func write(
        to path: String, isForced: Bool
    ) throws(SwerveError) -> RegistryBackup {
        let act =
            "backing up the registry of the hub \(address.shown) to \(path.shortened(to: 200))"
        try Registry.checkDestination(path, isForced: isForced, act: act)
        do throws(SwerveError) {
            let temporary = try TemporaryFile(for: path)
            try fetch(into: temporary.path, act: act)
            return try RegistryBackup.take(
                temporary, as: path, isForced: isForced, act: act)
        } catch {
            throw error.act == act ? error : error.during(act)
        }
    }

    private func fetch(into path: String, act: String) throws(SwerveError) {
        var request = WebRequest(
            try WebAddress(address.base.url + "/v1/backup", act: act))
        request.authorization = try address.authorization(act: act)
        var connection = address.connection
        connection.totalMs = Self.timeoutMs
        // A hub that makes the copy sends nothing meanwhile.
        connection.slowBytesPerSecond = 0
        let sink = Sink(try PartialFile(path))
        let answer = try WebExchange.perform(
            request, by: connection, limit: Self.bytesMax, sink: sink, act: act
        ) { false }
        guard answer.isSuccess else { throw HubRefusal.error(answer, act: act) }
        sink.file.close()
        let told = answer.headers["repr-digest"]
        let came = Data(sink.hash.digest().bytes).base64EncodedString()
        guard told == "sha-256=:\(came):" else {
            throw SwerveError(
                .invalid, act: act,
                reason: told == nil
                    ? "what it answers has no digest" : "what came has another digest than it says",
                remedy: told == nil
                    ? "see whether the address is that of a hub, and of the same release"
                    : "fetch it again")
        }
    }

    private final class Sink: WebSink {
        let file: PartialFile
        var hash = ContentHash()

        init(_ file: PartialFile) { self.file = file }

        func begin(_ answer: WebAnswer) {}

        func take(_ bytes: [UInt8]) throws(SwerveError) {
            try file.append(bytes)
            hash.update(bytes)
        }
    }

    private static let timeoutMs = 4 * 3_600_000
    /// The most that a file of SQLite's is taken to have here: a terabyte.
    private static let bytesMax: Int64 = 1 << 40
}
