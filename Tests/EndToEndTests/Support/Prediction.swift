import Kafka
import Lifecycle

/// A prediction as a consumer of the output topic sees it.
struct Prediction {
    let record: TopicRecord
    let json: JSONValue

    init(_ record: TopicRecord) throws {
        self.record = record
        json = try JSONValue(parsing: record.value ?? [], act: "reading a prediction")
    }

    var version: Int { json["version"]?.int ?? -1 }
    var epoch: Int { json["epoch"]?.int ?? -1 }
    var role: String { json["role"]?.string ?? "" }
    var label: String { json["label"]?.string ?? "" }
    var score: Double { json["score"]?.double ?? .nan }
    var id: String? { json["id"]?.string }
    var partition: Int { json["source"]?["partition"]?.int ?? -1 }
    var offset: Int { json["source"]?["offset"]?.int ?? -1 }
    var source: Source { Source(partition: partition, offset: offset) }

    struct Source: Hashable {
        let partition: Int
        let offset: Int
    }
}
