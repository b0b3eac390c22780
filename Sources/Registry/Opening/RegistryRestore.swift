import FoundationEssentials
import GRDB
package import Lifecycle
import Platform

/// What the restoring of a registry came to.
package struct RegistryRestore: Sendable, Equatable {
    /// How it is to be done.
    package struct Terms: Sendable, Equatable {
        /// Also a backup of another registry, or one that its audit chain does not bear out.
        package var isForced = false
        /// Whether the file that was there is kept beside.
        package var keepsReplaced = true
        /// Whether it is only looked at: nothing is changed.
        package var isTrial = false

        package init() {}
    }

    /// The registry's file.
    package let path: String
    package let bytes: Int64
    package let id: String
    /// As of a backup: nil where the schema is an older swerve's.
    package let audit: AuditReport?
    /// The number of the newest change that the backup knows; nil before the first.
    package let newestChange: Int64?
    /// The same of what was there; nil where it cannot be read.
    package let replacedChange: Int64?
    /// Where what was there lies now; nil where nothing was, or it was not kept.
    package let kept: String?

    /// How long it tries to lock a file: whoever finds its files locked waits as long
    /// (`ForeignLog`).
    static let lockWaitMs = 5_000
}

extension Registry {
    /// Puts a backup in the place of the registry at `path`, or makes that one of it.
    ///
    /// The backup stays as it is: a copy of it, checked whole, takes the registry's name in one
    /// step. What belongs to the file that was there (its write-ahead log) goes with that one,
    /// behind the step: whatever ends this in between, the registry is the old one, or one that no
    /// swerve opens before this was done again (`ForeignLog`).
    /// - Parameter backup: another file than the registry's, and none of its own beside it.
    /// - Throws: unless forced, `.refused` for a backup that its audit chain does not bear out, or
    ///   a file's digest, for another registry's, and for what cannot be read and would not be
    ///   kept; forced or not, `.refused` for the registry itself, for a file of its own and where
    ///   the name to keep it by is taken, `.invalid` where no regular file is in its place,
    ///   `.system` for a damaged backup, `.unavailable` while a process has the registry open.
    ///   Nothing is changed then.
    /// - Note: Blocks the thread: up to `lockWaitMs` for each of three locks, and while it copies
    ///   and checks.
    package static func restore(
        _ backup: String, to path: String, _ terms: RegistryRestore.Terms
    ) throws(SwerveError) -> RegistryRestore {
        let act = "restoring registry \(path.shortened(to: 200)) from \(backup.shortened(to: 200))"
        do throws(SwerveError) {
            return try Restoring(backup: backup, place: path, terms: terms, act: act).run()
        } catch {
            throw error.act == act ? error : error.during(act)
        }
    }
}

struct Restoring {
    /// Gives the copy the registry's name; a test's may fail.
    var publish: (TemporaryFile) throws(SwerveError) -> Void = { file throws(SwerveError) in
        try file.publish()
    }
    private let source: Registry
    private let target: String
    private let terms: RegistryRestore.Terms
    private let act: String
    private let replaced: (id: String, change: Int64?, holder: String?)?

    init(
        backup: String, place: String, terms: RegistryRestore.Terms, act: String
    ) throws(SwerveError) {
        let path = try RegistryOpening(path: place, access: .copying).absolutePath()
        target = URL(filePath: path).resolvingSymlinksInPath().path
        try RegistryOpening.refuseLostLink(target, act: act)
        self.terms = terms
        self.act = act
        if let found = try FileStatus.of(target) {
            guard found.isRegular else {
                throw SwerveError(.invalid, act: act, reason: "\(target) is no regular file")
            }
        }
        try Registry.refuseOwn(backup, of: target, act: act, remedy: "name a backup")
        source = try Registry.open(path: backup, access: .copying)
        replaced = Self.look(at: target)
    }

    /// What can be known of the registry that is there, which may be damaged, or cut to nothing.
    private static func look(
        at path: String
    ) -> (id: String, change: Int64?, holder: String?)? {
        guard let present = try? Registry.open(path: path, access: .copying) else { return nil }
        let lease = try? present.lease()
        let holder = lease.flatMap { $0.isLive(at: .now) ? $0.holder : nil }
        return (present.id, (try? present.auditHead())?.sequence, holder)
    }

    func run() throws(SwerveError) -> RegistryRestore {
        guard replaced.map({ $0.id == source.id }) ?? true || terms.isForced else {
            throw SwerveError(
                .refused, act: act,
                reason: "it is a backup of the registry \(source.id), and \(replaced?.id ?? "?") "
                    + "is in its place",
                problem: Problem(.backupDoubtful))
        }
        try requireKnown()
        let newest = (try? source.auditHead())?.sequence
        // Fail now if a process has it open, before minutes of copying; the lock that counts is
        // taken below.
        try lockTarget()?.release()
        if terms.isTrial {
            let audit = try source.readAside(act) { copy in
                let audit = try source.checked(copy)
                try requireSound(copy, audit)
                return audit
            }
            return result(audit, newest, bytes: try FileStatus.of(source.path)?.bytes, kept: nil)
        }
        let isNew = try FileStatus.of(target) == nil
        let temporary = try TemporaryFile(
            for: target, permissions: isNew ? RegistryOpening.permissions : 0o600)
        if isNew {
            temporary.own(as: URL(filePath: target).deletingLastPathComponent().path)
        }
        let audit = try source.fill(temporary.path, named: target, act: act)
        try Registry.open(path: temporary.path, access: .copying).read(act) { copy in
            try requireSound(copy, audit)
        }
        let lock = try lockTarget()
        guard isNew == (lock == nil) else { throw moved() }
        // Who opens the new file waits until the old one's log is gone from beside it.
        let new = try RangeLock.acquire(
            temporary.path, SQLiteFile.lockBytes, waitMs: RegistryRestore.lockWaitMs, act: act)
        let kept = isNew ? nil : try replace(by: temporary)
        if isNew { try put(temporary) }
        try clearAway()
        new.release()
        lock?.release()
        return result(audit, newest, bytes: try FileStatus.of(target)?.bytes, kept: kept)
    }

    private func result(
        _ audit: AuditReport?, _ newest: Int64?, bytes: Int64?, kept: String?
    ) -> RegistryRestore {
        RegistryRestore(
            path: target, bytes: bytes ?? 0, id: source.id, audit: audit, newestChange: newest,
            replacedChange: replaced?.change, kept: kept)
    }

    /// Whether a copy whose pages were checked is to be a registry, as far as it is not forced.
    ///
    /// - Parameter audit: what holding it against its audit chain came to; nil where the schema is
    ///   an older swerve's.
    private func requireSound(_ copy: RegistryTransaction, _ audit: AuditReport?) throws {
        try requireBorne(audit)
        try requireFiles(of: copy)
        // Nobody could write a registry whose own rules were changed.
        if audit != nil { try SchemaCheck.require(copy.db, act: act) }
    }

    private func requireBorne(_ audit: AuditReport?) throws(SwerveError) {
        guard let audit, let first = audit.findings.first, !terms.isForced else { return }
        let more = audit.count > 1 ? ", and \(audit.count - 1) more" : ""
        throw SwerveError(
            .refused, act: act, reason: "its audit chain does not bear it out: \(first)\(more)",
            problem: Problem(.backupDoubtful))
    }

    /// What nobody can tell from another registry is not removed unasked.
    private func requireKnown() throws(SwerveError) {
        guard replaced == nil, !terms.keepsReplaced, !terms.isForced,
            try FileStatus.of(target)?.bytes ?? 0 > 0
        else { return }
        throw SwerveError(
            .refused, act: act,
            reason: "what is in its place cannot be read, so it may be another registry, and would "
                + "not be kept",
            problem: Problem(.backupDoubtful))
    }

    /// The stored files against their digests: SQLite knows nothing of those.
    private func requireFiles(of copy: RegistryTransaction) throws {
        guard !terms.isForced else { return }
        let files = try Row.fetchCursor(copy.db, sql: "SELECT sha256, content FROM blobs")
        while let file = try files.next() {
            let digest = try file.withUnsafeData(atIndex: 1) { data in
                ContentHash.sha256(data.map { Array($0) } ?? [])
            }
            let name = String.fromDatabaseValue(file[0]) ?? ""
            guard name != digest.description else { continue }
            throw SwerveError(
                .refused, act: act,
                reason: "a stored file does not have its digest \(name.shortened(to: 80)): it is "
                    + "damaged, and so is each version that needs it",
                problem: Problem(.backupDoubtful))
        }
    }

    /// Keeps every other process of this machine from using the file: each that has it open holds a
    /// lock of these bytes, and no registry lies where others cannot be seen.
    ///
    /// - Returns: nil where there is no file.
    private func lockTarget() throws(SwerveError) -> RangeLock? {
        guard try FileStatus.of(target) != nil else { return nil }
        do throws(SwerveError) {
            // Workers have it open as long as they load a version.
            return try RangeLock.acquire(
                target, SQLiteFile.lockBytes, waitMs: RegistryRestore.lockWaitMs, act: act)
        } catch {
            guard error.code == .unavailable else { throw error }
            throw SwerveError(
                .unavailable, act: act,
                reason: error.reason
                    + (replaced?.holder.map { "; a hub leads it: \($0)" } ?? ""),
                problem: Problem(.registryInUse, [.path: target]))
        }
    }

    /// Puts it where nothing was.
    private func put(_ temporary: TemporaryFile) throws(SwerveError) {
        _ = try StateFile.remove(target + SQLiteFile.journal)
        guard try temporary.publishIfAbsent() else { throw moved() }
    }

    /// - Returns: where what was there lies now; nil where it is not kept.
    private func replace(by temporary: TemporaryFile) throws(SwerveError) -> String? {
        forgetLeavings()
        let stamp = Timestamp.text(ofMs: WallClock.nowMs).filter { $0.isNumber || $0.isLetter }
        let kept = target + Self.keptMark + stamp
        do throws(SwerveError) {
            try temporary.takeRights(of: target)
            try keep(as: kept)
            // One that lies there would be rolled back into whatever has the name.
            _ = try StateFile.remove(target + SQLiteFile.journal)
            try publish(temporary)
        } catch {
            takeBack(kept)
            throw error
        }
        guard !terms.keepsReplaced else { return kept }
        for suffix in Self.parts.reversed() { _ = try? StateFile.remove(kept + suffix) }
        return nil
    }

    /// Gives what is there a second name, with what SQLite keeps beside it: until the backup has
    /// its place, also where it is not to be kept.
    private func keep(as kept: String) throws(SwerveError) {
        do throws(SwerveError) {
            try name(kept)
        } catch {
            // There are file systems without second names.
            if terms.keepsReplaced { throw error }
        }
    }

    private func name(_ kept: String) throws(SwerveError) {
        for suffix in Self.parts where try FileStatus.of(target + suffix) != nil {
            guard try StateFile.link(target + suffix, as: kept + suffix) else {
                throw SwerveError(.refused, act: act, reason: "\(kept)\(suffix) is there already")
            }
        }
        try StateFile.syncNames(beside: target)
    }

    /// What was kept of a file that stays in its place.
    private func takeBack(_ kept: String) {
        // It was replaced all the same, and has this name alone.
        guard FileStatus.areSame(kept, target) else { return }
        _ = try? StateFile.link(kept + SQLiteFile.journal, as: target + SQLiteFile.journal)
        forget(kept)
    }

    /// Takes away the second names that a restore gave what is there, and was killed before it put
    /// the backup there: under such a name SQLite would write the file with another log.
    ///
    /// The file is locked, so no such restore is at work.
    private func forgetLeavings() {
        let url = URL(filePath: target)
        let (folder, name) = (url.deletingLastPathComponent().path, url.lastPathComponent)
        let names = (try? FolderListing.names(in: folder, limit: Self.namesMax)) ?? []
        for left in names where left.hasPrefix(name + Self.keptMark) {
            guard Self.isStamp(left.dropFirst((name + Self.keptMark).count)) else { continue }
            forget(target + left.dropFirst(name.count))
        }
    }

    /// Takes a second name of what is there away, and those of what lies beside it; what has no
    /// other name stays.
    private func forget(_ kept: String) {
        // By the first the others are found: it goes last.
        for suffix in Self.parts.reversed()
        where FileStatus.areSame(kept, target) && FileStatus.areSame(kept + suffix, target + suffix)
        {
            _ = try? StateFile.remove(kept + suffix)
        }
    }

    /// Whether it is a time as kept files have it: `20261201T010203004Z`.
    private static func isStamp(_ text: Substring) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 19, bytes[8] == UInt8(ascii: "T"), bytes[18] == UInt8(ascii: "Z")
        else { return false }
        return (bytes[..<8] + bytes[9..<18]).allSatisfy { (0x30...0x39).contains($0) }
    }

    /// What lies beside the new file is the old one's.
    private func clearAway() throws(SwerveError) {
        for suffix in SQLiteFile.companions { _ = try StateFile.remove(target + suffix) }
        try StateFile.syncNames(beside: target)
    }

    private func moved() -> SwerveError {
        SwerveError(
            .unavailable, act: act, reason: "somebody else made or removed a file there meanwhile")
    }

    private static let keptMark = ".before-"
    /// Without the index of the log (-shm), which is made anew.
    private static let parts = [""] + SQLiteFile.contents
    private static let namesMax = 100_000
}
