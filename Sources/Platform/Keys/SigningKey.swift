import FoundationEssentials
import Glibc
package import Lifecycle

/// A private Ed25519 key with its name; kept in a file of its owner, never in a registry.
///
/// The file is one line: `swerve-private-key ed25519 NAME BASE64`. No error and no description
/// shows any of the key.
package struct SigningKey: Sendable, CustomStringConvertible, CustomReflectable {
    package let name: ModelName
    private let key: Ed25519Key

    /// A new key.
    ///
    /// - Throws: `.system` where the system gives no random bytes.
    package static func generate(_ name: ModelName) throws(SwerveError) -> SigningKey {
        guard let key = Ed25519Key.generate() else {
            throw SwerveError(
                .system, act: "making key '\(name)'", reason: "the system gives no random bytes")
        }
        return SigningKey(name: name, key: key)
    }

    private init(name: ModelName, key: Ed25519Key) {
        self.name = name
        self.key = key
    }

    package var publicKey: [UInt8] { key.publicKey }

    /// The key at work, without the means to see it.
    package var signer: RecordSigner {
        RecordSigner(keyName: name.description) { message throws(SwerveError) in
            try signature(over: message)
        }
    }

    package func signature(over message: [UInt8]) throws(SwerveError) -> [UInt8] {
        guard let signature = key.signature(over: message) else {
            throw SwerveError(
                .system, act: "signing with key '\(name)'", reason: "the cipher refuses")
        }
        return signature
    }

    package var description: String { "the private key '\(name)'" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension SigningKey {
    /// Writes the key into a new file that its owner alone may read, from the first moment on.
    ///
    /// - Throws: `.refused` where `path` exists, whatever it is.
    package func write(to path: String) throws(SwerveError) {
        let act = "writing \(self) to \(path)"
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        let descriptor = unsafe open(path, flags, Self.permissions)
        guard descriptor >= 0 else {
            let number = errno
            guard number != EEXIST else {
                throw SwerveError(
                    .refused, act: act, reason: "the file exists",
                    problem: Problem(.keyFileExists))
            }
            throw SystemError.make(number, act: act, call: "open", path: path)
        }
        let file = OwnedDescriptor(descriptor)
        let secret = Data(key.privateKey).base64EncodedString()
        let line = "\(Self.heading) \(name) \(secret)\n"
        do throws(SwerveError) {
            try file.write(Array(line.utf8), act: act, path: path)
            guard fsync(file.raw) == 0 else {
                throw SystemError.make(errno, act: act, call: "fsync", path: path)
            }
            file.close()
        } catch {
            file.close()
            _ = unsafe unlink(path)
            throw error
        }
    }

    /// Reads a key's file.
    ///
    /// A symbolic link is followed, as mounted secrets are links; the file behind it counts.
    /// - Throws: `.notFound`, `.refused` for a file that others may read or that belongs to another
    ///   user, `.invalid` for one that holds no private key.
    package static func read(_ path: String) throws(SwerveError) -> SigningKey {
        let act = "reading the private key \(path.shortened(to: 200))"
        let bytes = try PrivateFile.read(
            path, limit: fileBytes, act: act, lost: "revoke the key")
        guard let bytes else { throw noKey(act) }
        return try parsed(String(decoding: bytes, as: UTF8.self), act: act)
    }

    private static func parsed(_ text: String, act: String) throws(SwerveError) -> SigningKey {
        let line = text.hasSuffix("\n") ? text.dropLast() : text[...]
        let parts = line.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0...1].joined(separator: " ") == heading,
            let name = try? ModelName(String(parts[2])),
            let data = Data(base64Encoded: String(parts[3])),
            let key = Ed25519Key(privateKey: Array(data))
        else { throw noKey(act) }
        return SigningKey(name: name, key: key)
    }

    /// What the file holds instead is not shown: it may be part of a key.
    private static func noKey(_ act: String) -> SwerveError {
        SwerveError(
            .invalid, act: act, reason: "not a line '\(heading) NAME BASE64'",
            problem: Problem(.keyFileGarbled))
    }

    private static let heading = "swerve-private-key ed25519"
    private static let permissions: mode_t = 0o600
    private static let fileBytes = 512
}
