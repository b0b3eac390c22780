package import Kafka
package import Lifecycle
import Platform

/// What a slot keeps over restarts of the input that it served: that it did, and which records lay
/// where.
package struct ServedInput: Sendable, Equatable {
    /// By partition, at most one each.
    package private(set) var marks: [RecordMark]
    /// That input and output both had.
    package fileprivate(set) var partitions: Int

    package init(partitions: Int, marks: [RecordMark] = []) {
        self.partitions = partitions
        self.marks = marks
    }

    /// Newer marks take the place of those of the same partitions.
    package mutating func take(_ newer: [RecordMark]) {
        let partitions = Set(newer.map(\.partition))
        marks = (marks.filter { !partitions.contains($0.partition) } + newer)
            .sorted { $0.partition < $1.partition }
    }
}

/// The file that keeps it: one of its own for each group, slot and model.
///
/// Small JSON, replaced as a whole. Read by the poll thread before it joins anything, written by
/// the control thread.
package struct ServedInputFile: Sendable {
    package let path: String
    private let everySlot: String
    private let slot: SlotID
    private let topic: String

    package init(folder: String, slot: SlotID, model: ModelName, topic: String) {
        let name = SlotFileName(slot, model)
        path = "\(folder)/\(name.text(Self.ending))"
        everySlot = "\(folder)/\(name.pattern(Self.ending))"
        self.slot = slot
        self.topic = topic
    }

    /// What the consumer is to know of earlier service.
    package func earlier(log: (String) -> Void) -> EarlierService {
        let served = read(log: log)
        return EarlierService(
            isKnown: served != nil, marks: served?.marks ?? [],
            beginAnew: "remove \(everySlot) on each host and start again")
    }

    /// Nil where the slot never served this topic; so it is with a damaged file, which is told.
    package func read(log: (String) -> Void) -> ServedInput? {
        let act = "reading what the slot served, \(path)"
        do throws(SwerveError) {
            let json = try JSONValue(
                parsing: try StateFile.read(path, limit: Self.bytesMax), act: act)
            guard json["group"]?.string == slot.group, json["slot"]?.int == slot.slot else {
                throw SwerveError(.invalid, act: act, reason: "it is of another slot")
            }
            // Another input is another beginning.
            guard json["topic"]?.string == topic else { return nil }
            guard let partitions = json["partitions"]?.int else {
                throw SwerveError(.invalid, act: act, reason: "it tells no number of partitions")
            }
            var marks: [RecordMark] = []
            for entry in json["records"]?.array ?? [] { marks.append(try Self.mark(entry, act)) }
            return ServedInput(partitions: Int(partitions), marks: marks)
        } catch {
            if error.code != .notFound {
                log(
                    "\(error.description); starting without it: nobody can tell whether the "
                        + "input was made anew")
            }
            return nil
        }
    }

    /// - Throws: as `StateFile.write`; the file is then as it was.
    package func write(_ served: ServedInput) throws(SwerveError) {
        let document = JSONValue.object([
            "schema": 1, "group": .string(slot.group), "slot": .int(Int64(slot.slot)),
            "topic": .string(topic), "partitions": .int(Int64(served.partitions)),
            "records": .array(served.marks.map(Self.entry)),
        ])
        try StateFile.write(path, document.bytes)
    }

    private static func entry(_ mark: RecordMark) -> JSONValue {
        var entry: [String: JSONValue] = [
            "partition": .int(Int64(mark.partition)), "offset": .int(mark.offset),
            "digest": .string(mark.digest.digest.description),
        ]
        entry["timestamp_ms"] = mark.timestampMs.map { .int($0) }
        return .object(entry)
    }

    private static func mark(_ entry: JSONValue, _ act: String) throws(SwerveError) -> RecordMark {
        guard let partition = entry["partition"]?.int.flatMap({ Int32(exactly: $0) }),
            let offset = entry["offset"]?.int, let digest = entry["digest"]?.string
        else {
            throw SwerveError(.invalid, act: act, reason: "a record without its place or digest")
        }
        return RecordMark(
            partition: partition, offset: Int64(offset),
            timestampMs: entry["timestamp_ms"]?.int.map { Int64($0) },
            digest: RawDigest(try Digest(digest)))
    }

    private static let ending = ".input.json"
    /// About 200 bytes a partition.
    private static let bytesMax = 16 << 20
}

/// Writes the file when there is something new: at once the first time, then twice a minute at
/// most.
///
/// A value of the control thread's.
package struct ServedInputKeeper {
    private let file: ServedInputFile
    private var served: ServedInput
    private var isWritten = false
    private var writtenAt: UInt64 = 0

    package init(_ file: ServedInputFile, log: (String) -> Void) {
        self.file = file
        served = file.read(log: log) ?? ServedInput(partitions: 0)
    }

    /// - Parameters:
    ///   - marks: what the poll thread has put down; nil before it has any offsets.
    ///   - partitions: that are served by all slots together.
    ///   - isLast: whether the worker ends.
    /// - Throws: where it could not be written; a later call tries again.
    package mutating func turn(
        _ marks: [RecordMark]?, partitions: Int, isLast: Bool = false, at now: UInt64
    ) throws(SwerveError) {
        guard let marks else { return }
        var newer = served
        newer.take(marks)
        newer.partitions = partitions
        guard !isWritten || newer != served else { return }
        let isFirst = writtenAt == 0 || served.marks.isEmpty
        guard isFirst || isLast || now &- writtenAt >= Self.pauseNs else { return }
        writtenAt = now
        try file.write(newer)
        served = newer
        isWritten = true
    }

    private static let pauseNs: UInt64 = 30_000_000_000
}
