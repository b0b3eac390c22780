import Lifecycle

/// Of a record on the control topic, only whose word it is and which epoch: enough to decide
/// whether it may be replaced, even where the rest is not understood here.
struct TopicRecordHeader: Equatable {
    let schema: Int
    let registry: String
    let epoch: Int64

    /// Nil for garbage, which speaks for nobody.
    init?(_ value: [UInt8]) {
        guard
            let json = try? JSONValue(
                parsing: value, act: "reading a control record",
                limit: Limits.controlRecordBytes),
            let registry = json["registry"]?.string, !registry.isEmpty,
            let epoch = json["epoch"]?.int, epoch > 0
        else { return nil }
        schema = json["schema"]?.int ?? 0
        self.registry = registry
        self.epoch = Int64(epoch)
    }

    /// As errors show it; another's id may be anything.
    var shownRegistry: String { registry.shortened(to: 36) }
}
