package import Lifecycle

/// What a version, or an epoch, decided: a value.
package struct ImpactCounts: Sendable, Equatable {
    /// Records that it decided.
    package internal(set) var records: Int64 = 0
    /// Predictions beyond the first of a record.
    package internal(set) var again: Int64 = 0
    /// Those of which it is not known whether they are the first of their record.
    package internal(set) var unplaced: Int64 = 0
    /// Records by label, by hour and label, by version, epoch and role.
    package internal(set) var byLabel: [String: Int64] = [:]
    /// By the hour in which the prediction was written, in milliseconds since 1970.
    package internal(set) var byHour: [Int64: [String: Int64]] = [:]
    package internal(set) var byVersion: [Int: Int64] = [:]
    package internal(set) var byEpoch: [Int64: Int64] = [:]
    package internal(set) var byRole: [Role: Int64] = [:]
    private var hourLabels = 0
    /// Records of which nobody says when they were answered, or whose hour found no room.
    package internal(set) var untimed: Int64 = 0
    /// Predictions under an epoch that the registry does not know.
    package internal(set) var unknownEpoch: Int64 = 0
    /// Predictions by another version or in another role than epoch and key prescribe, as somebody
    /// else may have written them, and where the first stands.
    package internal(set) var unprescribed: Int64 = 0
    package internal(set) var firstUnprescribed: StreamPlace?
    /// Records that it refused, by code.
    package internal(set) var letters: [String: Int64] = [:]
    /// Dead letters of which nobody knows which version refused the record.
    package internal(set) var lettersUnknown: Int64 = 0
    /// Records on the dead letters that are no letters of the model for the input.
    package internal(set) var lettersForeign: Int64 = 0

    package init() {}

    package var predictions: Int64 { records + again }
    package var letterCount: Int64 { letters.values.reduce(0, +) }

    mutating func add(_ answer: StandingAnswer, _ meeting: OffsetWindow.Meeting, _ book: EpochBook)
    {
        judge(answer, book)
        switch meeting {
        case .again:
            again += 1
            return
        case .unknown: unplaced += 1
        case .first: break
        }
        records += 1
        let prediction = answer.prediction
        let label = bounded(Self.words(prediction.label))
        byLabel[label, default: 0] += 1
        byRole[prediction.role, default: 0] += 1
        if byVersion[prediction.version] != nil || byVersion.count < Self.namesMax {
            byVersion[prediction.version, default: 0] += 1
        }
        if byEpoch[prediction.epoch] != nil || byEpoch.count < Self.namesMax {
            byEpoch[prediction.epoch, default: 0] += 1
        }
        guard let hour = Self.hour(answer.atMs),
            byHour[hour] != nil || byHour.count < Self.hoursMax
        else {
            untimed += 1
            return
        }
        add(label, in: hour)
    }

    private mutating func add(_ label: String, in hour: Int64) {
        var name = label
        if byHour[hour]?[label] == nil {
            if hourLabels < Self.hourLabelsMax { hourLabels += 1 } else { name = Self.others }
        }
        byHour[hour, default: [:]][name, default: 0] += 1
    }

    private mutating func judge(_ answer: StandingAnswer, _ book: EpochBook) {
        let prediction = answer.prediction
        guard let deployment = book[prediction.epoch]?.deployment else {
            unknownEpoch += 1
            return
        }
        let decider = deployment.decider(
            key: answer.key, partition: prediction.source.partition,
            offset: prediction.source.offset)
        guard decider.version != prediction.version || decider.role != prediction.role else {
            return
        }
        unprescribed += 1
        firstUnprescribed = firstUnprescribed ?? answer.at
    }

    mutating func add(letter code: String) {
        let code = code.shortened(to: Self.nameScalars)
        let known = letters[code] != nil || letters.count < Self.namesMax
        letters[known ? code : Self.others, default: 0] += 1
    }

    /// Whoever writes to the topic may make up labels without end.
    private func bounded(_ name: String) -> String {
        let label = name.shortened(to: Self.nameScalars)
        return byLabel[label] != nil || byLabel.count < Self.namesMax ? label : Self.others
    }

    /// A label as people read it; that of a regression is `-`.
    package static func words(_ label: [UInt8]?) -> String {
        guard let label else { return "-" }
        let quote = UInt8(ascii: "\"")
        guard label.contains(UInt8(ascii: "\\")) else {
            return String(decoding: label, as: UTF8.self)
        }
        let json = try? JSONValue(parsing: [quote] + label + [quote], act: "reading a label")
        return json?.string ?? String(decoding: label, as: UTF8.self)
    }

    /// The beginning of the hour.
    package static func hour(_ milliseconds: Int64?) -> Int64? {
        guard let milliseconds, milliseconds >= 0 else { return nil }
        return milliseconds - milliseconds % 3_600_000
    }

    package static let others = "(others)"
    /// More than two years.
    static let hoursMax = 20_000
    /// Labels of all hours together that have counts of their own.
    static let hourLabelsMax = 100_000
    private static let namesMax = 1_000
    /// So much of a label or code that somebody may have made up.
    static let nameScalars = 256
}
