internal import Synchronization

/// A writer's schema, compiled: what tells which bytes are which value.
///
/// Made on any thread, and shared by all that read records of it.
package final class AvroSchema: Sendable {
    /// Unique among all schemas of this process; small.
    package let number: Int
    /// About what it takes of memory, for whoever keeps many.
    package let memoryBytes: Int

    private static let made = Atomic<Int>(0)

    /// - Parameter referenced: the texts that it refers to, and that those refer to: each before
    ///   those that use it, and each once.
    /// - Throws: for what is no schema by the specification of Avro, and beyond the bounds of
    ///   `SchemaText`.
    package init(_ text: SchemaText, referenced: [SchemaText] = []) throws(BadSchema) {
        number = Self.made.wrappingAdd(1, ordering: .relaxed).newValue
        memoryBytes = 0
    }
}
