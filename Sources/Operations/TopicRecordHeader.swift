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

    init?(_ json: JSONValue) {
        guard let registry = json["registry"]?.string, !registry.isEmpty,
            let epoch = json["epoch"]?.int, epoch > 0
        else { return nil }
        schema = json["schema"]?.int ?? 0
        let isPlain =
            registry.utf8.count <= Self.registryBytes && registry.printable == registry
        self.registry =
            isPlain
            ? registry
            : String(
                ContentHash.sha256(Array(registry.utf8)).description.prefix(Self.registryBytes))
        self.epoch = Int64(epoch)
    }

    /// A UUID's text.
    private static let registryBytes = 36
}
