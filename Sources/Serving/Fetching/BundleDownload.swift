import Lifecycle
import Platform
import Transfer

/// A bundle on its way into a file beside the cache, from where it goes on after a break.
///
/// Loader thread only.
final class BundleDownload: WebSink {
    private let digest: Digest
    private let act: String
    private let file: PartialFile
    private var check: BundleCheck
    /// What the server gave to know the same bytes by; nil for nothing.
    private(set) var validator: String?
    /// Whether the bytes at hand came in one piece, in this call.
    private(set) var isOfOnePiece = false
    private var hasAskedForRest = false

    init(_ digest: Digest, path: String, act: String) throws(SwerveError) {
        self.digest = digest
        self.act = act
        file = try PartialFile(path)
        check = BundleCheck(digest, act: act)
        try takeUp()
    }

    /// How many bytes are there already.
    var have: Int64 { check.taken }

    /// Whether all of it came, and is what it should be.
    var isComplete: Bool { check.isComplete }

    /// Reads what an earlier call, or an earlier process, left.
    private func takeUp() throws(SwerveError) {
        let validator = (try? StateFile.read(validatorPath, limit: 1_024))
            .map { String(decoding: $0, as: UTF8.self) }
        do throws(SwerveError) {
            while true {
                let bytes = try file.read(Self.chunkBytes, from: check.taken)
                guard !bytes.isEmpty else { break }
                try check.take(bytes)
            }
            // Whole already would leave nothing to ask for.
            if check.isComplete || check.taken == 0 { return try beginAnew() }
            self.validator = validator.flatMap { $0.isEmpty ? nil : $0 }
        } catch {
            try beginAnew()
        }
    }

    /// Drops what is there.
    func beginAnew() throws(SwerveError) {
        try file.clear()
        _ = try? StateFile.remove(validatorPath)
        check = BundleCheck(digest, act: act)
        validator = nil
    }

    /// Asks for the rest, or for all.
    func wish(_ address: WebAddress, isPastCaches: Bool) -> WebClient.Wish {
        var wish = WebClient.Wish(address)
        wish.from = address.scheme == .file ? 0 : have
        wish.validator = validator
        wish.isPastCaches = isPastCaches
        hasAskedForRest = wish.from > 0
        return wish
    }

    func begin(_ answer: WebAnswer) throws(SwerveError) {
        switch ResumeRule.decide(answer, have: have, hasAskedForRest: hasAskedForRest) {
        case .append: isOfOnePiece = false
        case .anew:
            if have > 0 { try beginAnew() }
            isOfOnePiece = true
        case .refuse(let reason):
            try beginAnew()
            throw SwerveError(.unavailable, act: act, reason: reason)
        }
        guard validator != answer.validator || have == 0 else { return }
        validator = answer.validator
        // Only a hint: the digest decides whether the pieces fit.
        try? StateFile.write(validatorPath, Array((validator ?? "").utf8))
    }

    func take(_ bytes: [UInt8]) throws(SwerveError) {
        try check.take(bytes)
        try file.append(bytes)
    }

    /// The artifact, once the server has sent all.
    ///
    /// - Throws: `.invalid` where it ended too early.
    func artifact() throws(SwerveError) -> Artifact {
        if let shortness = check.shortness { throw shortness }
        var files: [String: [UInt8]] = [:]
        for section in check.sections {
            files[section.name] = try file.read(section.bytes, from: section.start)
        }
        return Artifact(
            manifestBytes: check.manifestBytes, files: files, signatures: check.signatures)
    }

    /// Takes the file away; nothing is asked of this value afterwards.
    func remove() {
        file.close()
        _ = try? StateFile.remove(file.path)
        _ = try? StateFile.remove(validatorPath)
    }

    private var validatorPath: String { file.path + Self.validatorSuffix }

    static let validatorSuffix = ".validator"
    private static let chunkBytes = 256 << 10
}

/// What becomes of the bytes at hand when an answer comes; pure.
enum ResumeRule {
    enum Decision: Equatable {
        /// They are followed by what comes.
        case append
        /// They are dropped: the whole comes.
        case anew
        /// They are dropped, and so is the answer.
        case refuse(String)
    }

    static func decide(_ answer: WebAnswer, have: Int64, hasAskedForRest: Bool) -> Decision {
        if let coding = answer.headers["content-encoding"], coding.lowercased() != "identity" {
            return .refuse("the server sends it as \(coding.shortened(to: 20)), unasked")
        }
        guard answer.status == 206 else { return .anew }
        guard hasAskedForRest else {
            return .refuse("the server sends a part that nobody asked for")
        }
        guard answer.rangeStart == have else {
            return .refuse("the server sends another part than the one from byte \(have) on")
        }
        return .append
    }
}
