package import Lifecycle
package import SchemaRegistry

/// What a worker, or a replay in its place, asks a schema registry for.
extension WorkerConfiguration {
    /// How predictions are written, with the id of their schema at the registry where they are
    /// Avro; nil after a stop.
    ///
    /// Waits for the registry without end.
    ///
    /// - Parameter stopDescriptors: once one is readable, nobody waits any more.
    /// - Throws: `.refused` where the registry does not have the schema, or does not take it.
    package func predictionFormat(
        log: WorkerLog, stopDescriptors: [Int32]
    ) throws(SwerveError) -> PredictionForm.Format? {
        guard output.format == .avro, let schemaRegistry else {
            return output.tellsOf ? .json : .jsonWithoutOf
        }
        return try OutputSchema(
            schemaRegistry, topic: topics.output, text: PredictionSchema.text,
            registers: output.registers, log: log.schemas
        ).identity(stopDescriptors: stopDescriptors).map {
            PredictionForm.Format.avro(schemaID: $0)
        }
    }

    /// How many bytes of records may wait for their schemas; of other formats nothing waits.
    var parkedBytes: Int {
        guard form.format == .avro, let schemaRegistry else { return .max }
        return schemaRegistry.parkedBytes
    }

    /// The schemas of records, with the thread that gets them; nil where records have none.
    ///
    /// - Parameter fail: gets what ends the thread.
    package func schemaService(
        log: WorkerLog, fail: @escaping @Sendable (SwerveError) -> Void
    ) throws(SwerveError) -> SchemaService? {
        guard form.format == .avro, let schemaRegistry else { return nil }
        return try SchemaService(
            schemaRegistry, state: stateFolder, of: (model: model, group: group),
            log: log.schemas,
            fail: fail)
    }
}
