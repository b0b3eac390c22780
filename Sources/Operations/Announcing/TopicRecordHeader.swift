import Lifecycle
import Platform

/// Of a record on the control topic, only whose word it is and which epoch: enough to decide
/// whether it may be replaced, even where the rest is not understood here.
struct TopicRecordHeader: Equatable {
    let schema: Int
    /// As it stands, where it is an id; of anything longer or unprintable a digest of that length.
    let registry: String
    let epoch: Int64

    /// Nil for garbage, which speaks for nobody.
    init?(_ value: [UInt8]) {
        let json = try? JSONValue(
            parsing: value, act: "reading a control record", limit: Limits.controlRecordBytes)
        guard let json else { return nil }
        self.init(json)
    }

    init(_ record: ControlRecord) {
        schema = record.schema
        registry = Self.shown(record.registry)
        epoch = record.deployment.epoch
    }

    init?(_ json: JSONValue) {
        guard let registry = json["registry"]?.string, !registry.isEmpty,
            let epoch = json["epoch"]?.int, (1...Limits.epoch).contains(epoch)
        else { return nil }
        schema = json["schema"]?.int ?? 0
        self.registry = Self.shown(registry)
        self.epoch = Int64(epoch)
    }

    private static func shown(_ registry: String) -> String {
        guard registry.utf8.count > registryBytes || registry.printable != registry else {
            return registry
        }
        return String(
            ContentHash.sha256(Array(registry.utf8)).description.prefix(registryBytes))
    }

    /// A UUID's text.
    private static let registryBytes = 36
}
