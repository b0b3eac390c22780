import Lifecycle
import Verification

/// Plants one fault between the output topic and the audit, which knows nothing of it.
struct FaultInjector {
    /// What becomes of a record of the output topic.
    enum Outcome {
        case passed(StreamRecord)
        case withheld
        /// As it was, and this value is to be written to the topic once more.
        case repeated(StreamRecord)
    }

    let fault: DemoOptions.Fault?
    /// Records after which the fault may come: in the middle of the run.
    let after: Int
    private(set) var isPlanted = false
    private var seen = 0

    init(fault: DemoOptions.Fault?, after: Int) {
        self.fault = fault
        self.after = after
    }

    /// - Parameter stale: the same prediction as the old version would have made it, where the old
    ///   version no longer decides; nil where it still does.
    mutating func pass(
        _ record: StreamRecord, stale: (StreamRecord) -> StreamRecord?
    ) -> Outcome {
        guard let fault, !isPlanted else { return .passed(record) }
        seen += 1
        guard seen > after else { return .passed(record) }
        switch fault {
        case .lose:
            isPlanted = true
            return .withheld
        case .duplicate:
            isPlanted = true
            return .repeated(record)
        case .stale:
            guard let other = stale(record) else { return .passed(record) }
            isPlanted = true
            return .passed(other)
        }
    }

    /// A prediction as `version` would have written it, which says `score` of its request.
    static func prediction(
        _ record: StreamRecord, by version: Int, saying score: ExpectedScore
    ) -> StreamRecord? {
        let act = "planting a fault"
        guard let value = record.value,
            case .object(var fields)? = try? JSONValue(parsing: value, act: act)
        else { return nil }
        fields["version"] = .int(Int64(version))
        fields["score"] = .double(score.score)
        fields["label"] = score.label.flatMap { label in
            try? JSONValue(parsing: [0x22] + label + [0x22], act: act)
        }
        fields["decision"] = score.decisions.map { .array($0.map { .double($0) }) }
        fields["probability"] = nil
        var other = record
        other.value = JSONValue.object(fields).bytes
        return other
    }
}
