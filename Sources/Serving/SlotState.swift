import FoundationEssentials
package import Lifecycle
import Platform

/// What a slot keeps over restarts: the highest epoch it has seen, and its last good deployment.
///
/// One small JSON file, replaced as a whole. Written by the loader and the control thread, never by
/// the poll thread.
package final class SlotState: Sendable {
    package struct Content: Sendable, Equatable {
        package var highest: ControlRecord?
        package var good: ControlRecord?
    }

    private let path: String
    private let content: Guarded<Content>

    /// Reads the slot's file.
    ///
    /// One that is damaged is named and put aside, not trusted.
    package init(folder: String, slot: SlotID, log: (String) -> Void) throws(SwerveError) {
        try StateFile.makeFolder(folder)
        path = "\(folder)/slot-\(slot.slot).json"
        var found = Content()
        do throws(SwerveError) {
            found = try Self.parse(
                try StateFile.read(path, limit: 2 * Limits.controlRecordBytes), act: path)
        } catch {
            if error.code != .notFound {
                log("\(error.description); starting without the last good deployment")
            }
        }
        content = Guarded(found)
    }

    package var current: Content { content.withLock { $0 } }

    /// The newest deployment seen, whether or not it can be served.
    package func noteSeen(_ record: ControlRecord) throws(SwerveError) {
        try update { $0.highest = record }
    }

    /// A deployment that is being served.
    package func noteGood(_ record: ControlRecord) throws(SwerveError) {
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
            fields[name] = [
                "key": .string(record.deployment.model.description),
                "value": .string(String(decoding: record.bytes, as: UTF8.self)),
            ]
        }
        return JSONValue.object(fields).bytes
    }

    private static func parse(_ bytes: [UInt8], act: String) throws(SwerveError) -> Content {
        let json = try JSONValue(parsing: bytes, act: "reading the slot's state \(act)")
        func record(_ name: String) throws(SwerveError) -> ControlRecord? {
            guard let key = json[name]?["key"]?.string, let value = json[name]?["value"]?.string
            else { return nil }
            return try ControlRecord(key: Array(key.utf8), value: Array(value.utf8))
        }
        return Content(highest: try record("highest"), good: try record("good"))
    }
}
