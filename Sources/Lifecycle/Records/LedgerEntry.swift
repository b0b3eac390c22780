/// What a worker took up, and which records it took under it: JSON on the ledger, key `group/slot`.
///
/// Times are wall-clock milliseconds, offsets those of the input topic.
package struct LedgerEntry: Sendable, Equatable {
    package static let schema = 1

    package enum Event: String, Sendable {
        /// Partitions were assigned; nothing of them is taken yet.
        case assigned
        /// An epoch was taken up: what is polled from now on is scored under it.
        case takenUp = "taken_up"
        /// The first records were taken of the partitions in `spans`, under this epoch and this
        /// assignment. More follow, of which the end tells, or nobody where the process died.
        case began
        /// A newer epoch was taken up: `spans` are all that was taken under this one.
        case superseded
        /// The partitions were given up: the same.
        case released

        /// Whether `spans` are complete.
        package var isEnd: Bool { self == .superseded || self == .released }
    }

    /// Records of one partition, both ends among them.
    package struct Span: Sendable, Equatable {
        package let partition: Int32
        package let first: Int64
        package let last: Int64

        package init(partition: Int32, first: Int64, last: Int64) {
            self.partition = partition
            self.first = first
            self.last = last
        }

        package func holds(_ offset: Int64) -> Bool { (first...last).contains(offset) }
    }

    package var event: Event
    package var atMs: Int64
    package var group: String
    package var slot: Int
    package var model: String
    /// The input topic.
    package var topic: String
    package var incarnation: StatusRecord.Incarnation
    /// The changes of assignment of this incarnation so far.
    package var generation: Int64
    /// Nil before the first epoch is taken up.
    package var epoch: Int64?
    /// The registry that announced it, and the SHA-256 of the control record's exact bytes.
    package var registry: String?
    package var record: String?
    package var stable: Int?
    package var candidate: Int?
    /// The candidate's mode, and its share in ten-thousandths.
    package var mode: String?
    package var share: Int?
    /// What is assigned.
    package var partitions: [Int32] = []
    package var spans: [Span] = []

    package init(
        _ event: Event, atMs: Int64, slot: SlotID, model: String, topic: String,
        incarnation: StatusRecord.Incarnation, generation: Int64
    ) {
        self.event = event
        self.atMs = atMs
        group = slot.group
        self.slot = slot.slot
        self.model = model
        self.topic = topic
        self.incarnation = incarnation
        self.generation = generation
    }

    package var key: String { "\(group)/\(slot)" }

    package var bytes: [UInt8] { JSONValue.object(fields).bytes }

    private var fields: [String: JSONValue] {
        var fields: [String: JSONValue] = [
            "schema": .int(Int64(Self.schema)), "event": .string(event.rawValue),
            "at_ms": .int(atMs), "group": .string(group), "slot": .int(Int64(slot)),
            "model": .string(model), "topic": .string(topic),
            "incarnation": [
                "id": .string(incarnation.id), "started_at_ms": .int(incarnation.startedAtMs),
                "host": .string(incarnation.host), "pid": .int(Int64(incarnation.pid)),
            ],
            "generation": .int(generation),
            "partitions": .array(partitions.map { .int(Int64($0)) }),
            "spans": .array(
                spans.map { .array([.int(Int64($0.partition)), .int($0.first), .int($0.last)]) }),
        ]
        fields["epoch"] = epoch.map { .int($0) }
        fields["registry"] = registry.map { .string($0) }
        fields["record"] = record.map { .string($0) }
        fields["stable"] = stable.map { .int(Int64($0)) }
        fields["candidate"] = candidate.map { .int(Int64($0)) }
        fields["mode"] = mode.map { .string($0) }
        fields["share"] = share.map { .int(Int64($0)) }
        return fields
    }

    /// The same as records that brokers take by default, each with a part of the partitions.
    package var parts: [LedgerEntry] {
        let count = max(partitions.count, spans.count)
        guard count > Self.partitionsAtOnce else { return [self] }
        return stride(from: 0, to: count, by: Self.partitionsAtOnce).map { start in
            var part = self
            part.partitions = Array(partitions.dropFirst(start).prefix(Self.partitionsAtOnce))
            part.spans = Array(spans.dropFirst(start).prefix(Self.partitionsAtOnce))
            return part
        }
    }

    /// Reads a record of the ledger; nil for what is none, which readers pass over: anybody who may
    /// write there can write anything.
    package init?(key: some Collection<UInt8>, value: some Collection<UInt8>) {
        guard
            let json = try? JSONValue(
                parsing: value, act: "reading a ledger record", limit: Limits.ledgerRecordBytes),
            json["schema"]?.int == Self.schema,
            let event = json["event"]?.string.flatMap(Event.init(rawValue:)),
            let atMs = json["at_ms"]?.int, let group = json["group"]?.string,
            let slot = json["slot"]?.int, slot >= 0, "\(group)/\(slot)".utf8.elementsEqual(key),
            let model = json["model"]?.string, let topic = json["topic"]?.string,
            let incarnation = json["incarnation"].flatMap(Self.incarnation),
            let generation = json["generation"]?.int, generation >= 0,
            let partitions = json["partitions"]?.array, let spans = json["spans"]?.array
        else { return nil }
        self.init(
            event, atMs: Int64(atMs), slot: SlotID(group: group, slot: slot), model: model,
            topic: topic, incarnation: incarnation, generation: Int64(generation))
        self.partitions = partitions.compactMap { $0.int.flatMap(Int32.init(exactly:)) }
        self.spans = spans.compactMap(Self.span)
        epoch = json["epoch"]?.int.map(Int64.init)
        registry = json["registry"]?.string
        record = json["record"]?.string
        stable = json["stable"]?.int
        candidate = json["candidate"]?.int
        mode = json["mode"]?.string
        share = json["share"]?.int
        guard epoch ?? 1 >= 1, stable ?? 1 >= 1, candidate ?? 1 >= 1,
            self.partitions.count == partitions.count, self.spans.count == spans.count
        else { return nil }
    }

    private static func incarnation(_ json: JSONValue) -> StatusRecord.Incarnation? {
        guard let id = json["id"]?.string, let startedAtMs = json["started_at_ms"]?.int,
            let host = json["host"]?.string,
            let pid = json["pid"]?.int.flatMap(Int32.init(exactly:))
        else { return nil }
        return StatusRecord.Incarnation(
            id: id, startedAtMs: Int64(startedAtMs), host: host, pid: pid)
    }

    private static func span(_ json: JSONValue) -> Span? {
        guard let numbers = json.array?.compactMap(\.int), numbers.count == json.array?.count,
            numbers.count == 3, let partition = Int32(exactly: numbers[0]), partition >= 0,
            numbers[1] >= 0, numbers[1] <= numbers[2], numbers[2] < offsetsEnd
        else { return nil }
        return Span(partition: partition, first: Int64(numbers[1]), last: Int64(numbers[2]))
    }

    /// No topic comes near it, and what is added to an offset does not pass 64 bits.
    private static let offsetsEnd = 1 << 62
    private static let partitionsAtOnce = 5_000
}
