import Inputs
package import Lifecycle

/// What is known of records from elsewhere: lines of `{"id": …, "label": …}` or
/// `{"source": {"partition": …, "offset": …}, "label": …}`.
///
/// A value that threads share. Ids are kept as hashes, so a million labels take some 30 MB. Labels
/// of one record that contradict one another are none.
package struct ReplayLabels: Sendable {
    package static let labelsMax = 1_000_000
    private static let lineBytes = 65_536

    private enum Known: UInt8 {
        case normal, attack, contradictory
    }

    private var ids: [UInt64: Int32] = [:]
    private var places: [StreamPlace: Int32] = [:]
    private var known: [Known] = []
    package private(set) var lines = 0
    /// Records of which lines say different things.
    package private(set) var contradictory = 0
    /// Lines whose label is no class of the versions, and the first of them.
    package private(set) var strange = 0
    package private(set) var firstStrange: String?

    package init() {}

    /// Records that the labels speak of.
    package var count: Int { known.count }

    /// Adds a label.
    ///
    /// - Parameter isAttack: nil for a label that says nothing to the versions.
    package mutating func add(
        id: String?, place: StreamPlace?, label: String, isAttack: Bool?
    ) {
        lines += 1
        guard let isAttack else {
            strange += 1
            if firstStrange == nil { firstStrange = label.shortened(to: 80) }
            return
        }
        let said: Known = isAttack ? .attack : .normal
        let before =
            if let place { places[place] } else { id.flatMap { ids[RecordID.key(of: $0)] } }
        if let before {
            let index = Int(before)
            if known[index] != said, known[index] != .contradictory {
                known[index] = .contradictory
                contradictory += 1
            }
            return
        }
        let index = Int32(known.count)
        known.append(said)
        if let place {
            places[place] = index
        } else if let id {
            ids[RecordID.key(of: id)] = index
        }
    }

    /// The label of a record, by its place or else by its id.
    enum Answer: Equatable {
        case none
        case label(index: Int, isAttack: Bool)
        case contradiction
    }

    /// - Parameter key: of the record's id; nil where it has none.
    func answer(at place: StreamPlace, key: UInt64?) -> Answer {
        let byPlace = places.isEmpty ? nil : places[place]
        let byID = ids.isEmpty ? nil : key.flatMap { ids[$0] }
        guard let index = byPlace ?? byID else { return .none }
        if let byPlace, let byID, known[Int(byPlace)] != known[Int(byID)] { return .contradiction }
        switch known[Int(index)] {
        case .contradictory: return .contradiction
        case .attack: return .label(index: Int(index), isAttack: true)
        case .normal: return .label(index: Int(index), isAttack: false)
        }
    }

    var asksForIDs: Bool { !ids.isEmpty }
}

extension ReplayLabels {
    /// Reads a file of labels, plain or gzip.
    ///
    /// - Parameter meaning: whether a label is an alert; nil for one that no version knows.
    /// - Throws: `.invalid` for a line that is no label, with its number; `.tooLarge` for more
    ///   labels than fit in memory.
    package init(file: String, meaning: (String) -> Bool?) throws(SwerveError) {
        let reader = try FileLineReader(path: file, lineBytesMax: Self.lineBytes)
        try reader.forEach { number, line throws(SwerveError) in
            let act = "reading line \(number) of \(file)"
            guard line.count > 0 else { return true }
            var bytes: [UInt8] = []
            bytes.reserveCapacity(line.count)
            for index in 0..<line.count { bytes.append(line[index]) }
            let json = try JSONValue(parsing: bytes, act: act)
            guard let label = json["label"].flatMap(Self.text) else {
                throw Self.refused(act, "it has no label")
            }
            let place = try Self.place(json["source"], act: act)
            let id = json["id"].flatMap(Self.text)
            guard place != nil || id != nil else {
                throw Self.refused(act, "it names no record: neither id nor source")
            }
            guard count < Self.labelsMax else {
                throw SwerveError(
                    .tooLarge, act: act, reason: "there are more than \(Self.labelsMax) labels",
                    remedy: "give the labels of a shorter range")
            }
            add(id: id, place: place, label: label, isAttack: meaning(label))
            return true
        }
    }

    private static func place(
        _ source: JSONValue?, act: String
    ) throws(SwerveError) -> StreamPlace? {
        guard let source, source != .null else { return nil }
        if let text = source.string {
            let parts = text.split(separator: "@", omittingEmptySubsequences: false)
            if parts.count == 2, let partition = Int32(parts[0]), let offset = Int64(parts[1]) {
                return StreamPlace(partition: partition, offset: offset)
            }
        } else if let partition = source["partition"]?.int, let offset = source["offset"]?.int,
            let number = Int32(exactly: partition)
        {
            return StreamPlace(partition: number, offset: Int64(offset))
        }
        throw refused(act, "its source is no place of a record")
    }

    /// A string, a number or a truth value as text.
    private static func text(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text): text
        case .int(let number): "\(number)"
        case .double(let number): "\(number)"
        case .bool(let flag): flag ? "true" : "false"
        case .null, .array, .object: nil
        }
    }

    private static func refused(_ act: String, _ reason: String) -> SwerveError {
        SwerveError(
            .invalid, act: act, reason: reason,
            remedy: "write {\"id\": …, \"label\": …} or {\"source\": {\"partition\": …, "
                + "\"offset\": …}, \"label\": …}, one a line")
    }
}
