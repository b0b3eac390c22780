package import Inputs

/// Where an intake looks for schemas: the worker's table of them, or in tests something that needs
/// no registry.
///
/// Asks nobody and waits for nothing: what is not there is asked for by another thread.
package protocol SchemaSource: AnyObject {
    /// What is known of a schema; one that is absent is asked for from now on.
    func find(_ identity: SchemaIdentity) -> SchemaAnswer<AvroSchema>
    /// Another number once there is something new to find.
    var version: UInt64 { get }
    /// For people: why a schema is absent; nil where nothing is known of it.
    func why(_ identity: SchemaIdentity) -> String?
    /// Schemas at hand, those that are asked for, and calls to a registry that came to no answer.
    var figures: (known: Int, wanted: Int, faults: Int) { get }
}

extension SchemaTable: SchemaSource {}
