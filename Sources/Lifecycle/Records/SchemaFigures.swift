/// What a worker that reads Avro says of schemas and of the records that wait for them; all 0 for
/// any other format.
package struct SchemaFigures: Sendable, Equatable {
    /// Records that wait at the moment, and the memory that they take.
    package var parkedRecords: Int64 = 0
    package var parkedBytes: Int64 = 0
    /// Schemas at hand.
    package var known: Int64 = 0
    /// Calls to a registry that came to no answer.
    package var faults: Int64 = 0
    /// Records with bytes behind their value.
    package var trailing: Int64 = 0

    package init() {}
}

extension SchemaFigures {
    package var json: JSONValue {
        [
            "parked_records": .int(parkedRecords), "parked_bytes": .int(parkedBytes),
            "known": .int(known), "faults": .int(faults), "trailing": .int(trailing),
        ]
    }

    /// What is not there, or is no count, is 0.
    package init(_ json: JSONValue?) {
        self.init()
        parkedRecords = WorkerFigures.count(json?["parked_records"]) ?? 0
        parkedBytes = WorkerFigures.count(json?["parked_bytes"]) ?? 0
        known = WorkerFigures.count(json?["known"]) ?? 0
        faults = WorkerFigures.count(json?["faults"]) ?? 0
        trailing = WorkerFigures.count(json?["trailing"]) ?? 0
    }
}
