import FoundationEssentials
package import Lifecycle
import Platform

/// What a slot keeps over restarts: the highest epoch it has seen, and its last good deployment.
///
/// One small JSON file, replaced as a whole; older swerves read it too, and theirs is read here.
/// Written by the loader and the control thread, never by the poll thread.
package final class SlotState: Sendable {
    package struct Content: Sendable, Equatable {
        package var highest: AcceptedRecord?
        package var good: AcceptedRecord?

        package init(highest: AcceptedRecord? = nil, good: AcceptedRecord? = nil) {
            self.highest = highest
            self.good = good
        }
    }

    private let path: String
    private let content: Guarded<Content>

    /// Reads the slot's file.
    ///
    /// One that is damaged is named and put aside, not trusted.
    /// - Parameter isTrusting: what was believed without asking a trust file does not count: the
    ///   epochs of that time may be anybody's.
    package init(
        folder: String, slot: SlotID, isTrusting: Bool = false, log: (String) -> Void
    ) throws(SwerveError) {
        try StateFile.makeFolder(folder)
        path = "\(folder)/slot-\(slot.slot).json"
        var found = Content()
        do throws(SwerveError) {
            found = try Self.parse(
                try StateFile.read(path, limit: Self.fileBytes), path: path)
        } catch {
            if error.code != .notFound {
                log("\(error.description); starting without the last good deployment")
            }
        }
        if isTrusting {
            if let good = found.good, good.signedBy == nil {
                log(
                    "epoch \(good.deployment.epoch), which this slot served last, was believed "
                        + "without a trust file; it does not count now")
            }
            if found.good?.signedBy == nil { found.good = nil }
            if found.highest?.signedBy == nil { found.highest = found.good }
        }
        content = Guarded(found)
    }

    package var current: Content { content.withLock { $0 } }

    /// The newest deployment seen, whether or not it can be served.
    package func noteSeen(_ record: AcceptedRecord) throws(SwerveError) {
        try update { $0.highest = record }
    }

    /// A deployment that is being served.
    ///
    /// - Parameter hasSignedArtifacts: whether its artifacts were held against their signatures.
    package func noteGood(
        _ record: AcceptedRecord, hasSignedArtifacts: Bool = false
    ) throws(SwerveError) {
        var record = record
        record.hasSignedArtifacts = hasSignedArtifacts
        try update { content in
            content.good = record
            if (content.highest?.deployment.epoch ?? 0) <= record.deployment.epoch {
                content.highest = record
            }
        }
    }

    private func update(_ change: (inout Content) -> Void) throws(SwerveError) {
        let (bytes, isChanged) = content.withLock { content in
            let before = content
            change(&content)
            return (Self.bytes(content), content != before)
        }
        if isChanged { try StateFile.write(path, bytes) }
    }

    private static func bytes(_ content: Content) -> [UInt8] {
        var fields: [String: JSONValue] = ["schema": 1]
        for (name, record) in [("highest", content.highest), ("good", content.good)] {
            guard let record else { continue }
            var entry: [String: JSONValue] = [
                "key": .string(record.deployment.model.description),
                "value": .string(String(decoding: record.record.bytes, as: UTF8.self)),
            ]
            entry["value_digest"] = record.valueDigest.map { .string($0.description) }
            entry["signed_by"] = record.signedBy.map { .string($0) }
            if record.hasSignedArtifacts { entry["signed_artifacts"] = true }
            fields[name] = .object(entry)
        }
        return JSONValue.object(fields).bytes
    }

    private static func parse(_ bytes: [UInt8], path: String) throws(SwerveError) -> Content {
        let act = "reading the slot's state \(path)"
        let json = try JSONValue(parsing: bytes, act: act)
        func record(_ name: String) throws(SwerveError) -> AcceptedRecord? {
            guard let entry = json[name], let key = entry["key"]?.string,
                let value = entry["value"]?.string
            else { return nil }
            let digest = try entry["value_digest"]?.string.map { text throws(SwerveError) in
                try Digest(text)
            }
            var accepted = AcceptedRecord(
                try ControlRecord(key: Array(key.utf8), value: Array(value.utf8)),
                valueDigest: digest, signedBy: entry["signed_by"]?.string)
            accepted.hasSignedArtifacts = entry["signed_artifacts"]?.bool ?? false
            return accepted
        }
        do throws(SwerveError) {
            return Content(highest: try record("highest"), good: try record("good"))
        } catch {
            throw error.during(act)
        }
    }

    /// Two records, as JSON within JSON: quotes and backslashes are doubled.
    private static let fileBytes = 8 * Limits.controlRecordBytes
}
