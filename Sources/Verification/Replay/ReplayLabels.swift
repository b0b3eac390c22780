import Inputs
package import Lifecycle

/// What is known of records from elsewhere: lines of `{"id": …, "label": …}` or
/// `{"source": {"partition": …, "offset": …}, "label": …}`.
///
/// A value that threads share. Ids are kept as hashes, so a million labels take some 30 MB. Labels
/// of one record that contradict one another are none.
package struct ReplayLabels: Sendable {
    package static let labelsMax = 1_000_000

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
    /// Lines that are no labels, left out as by `swerve labels`, and why the first is not.
    package private(set) var unreadable = 0
    package private(set) var firstUnreadable: String?

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
        /// - Parameter same: the label that says it of the same record once more, by its id.
        case label(index: Int, isAttack: Bool, same: Int? = nil)
        /// One label contradicts itself, and was counted as the labels were read.
        case contradiction
        /// The label of the place and that of the id, each without a contradiction of its own.
        case crossed(place: Int, id: Int)
    }

    /// - Parameter key: of the record's id; nil where it has none.
    func answer(at place: StreamPlace, key: UInt64?) -> Answer {
        let byPlace = places.isEmpty ? nil : places[place]
        let byID = ids.isEmpty ? nil : key.flatMap { ids[$0] }
        guard let index = byPlace ?? byID else { return .none }
        var same: Int?
        if let byPlace, let byID {
            let said = [known[Int(byPlace)], known[Int(byID)]]
            if said.contains(.contradictory) { return .contradiction }
            guard said[0] == said[1] else {
                return .crossed(place: Int(byPlace), id: Int(byID))
            }
            same = Int(byID)
        }
        switch known[Int(index)] {
        case .contradictory: return .contradiction
        case .attack: return .label(index: Int(index), isAttack: true, same: same)
        case .normal: return .label(index: Int(index), isAttack: false, same: same)
        }
    }

    var asksForIDs: Bool { !ids.isEmpty }
}

extension ReplayLabels {
    /// Reads a file of labels, plain or gzip.
    ///
    /// - Parameters:
    ///   - input: the topic of which places are.
    ///   - meaning: whether a label is an alert; nil for one that no version knows.
    /// - Throws: where the file cannot be read; `.tooLarge` for more labels than fit in memory.
    package init(
        file: String, input: String, meaning: (String) -> Bool?
    ) throws(SwerveError) {
        let reader = try FileLineReader(path: file, lineBytesMax: LabelRecord.bytesMax)
        try reader.forEach(tooLong: { number, error throws(SwerveError) in
            unreadable += 1
            firstUnreadable = firstUnreadable ?? "line \(number): \(error.reason)"
        }) { number, line throws(SwerveError) in
            guard line.count > 0 else { return true }
            var bytes: [UInt8] = []
            bytes.reserveCapacity(line.count)
            for index in 0..<line.count { bytes.append(line[index]) }
            let record: LabelRecord
            do throws(SwerveError) {
                record = try LabelRecord(parsing: bytes, input: input)
            } catch {
                unreadable += 1
                firstUnreadable = firstUnreadable ?? "line \(number): \(error.reason)"
                return true
            }
            guard count < Self.labelsMax else {
                throw SwerveError(
                    .tooLarge, act: "reading line \(number) of \(file)",
                    reason: "there are more than \(Self.labelsMax) labels",
                    remedy: "give the labels of a shorter range")
            }
            let isAttack = meaning(record.label)
            switch record.subject {
            case .id(let id): add(id: id, place: nil, label: record.label, isAttack: isAttack)
            case .place(let place):
                add(id: nil, place: place, label: record.label, isAttack: isAttack)
            }
            return true
        }
    }
}
