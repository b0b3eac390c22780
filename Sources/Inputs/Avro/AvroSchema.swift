internal import Synchronization

/// A writer's schema, compiled: what tells which bytes are which value.
///
/// Made on any thread, and shared by all that read records of it. Named types are shared, not
/// unrolled, so its memory grows with the bytes of its texts alone.
///
/// `@unchecked Sendable`: nothing in it changes.
@safe
package final class AvroSchema: @unchecked Sendable {
    /// Unique among all schemas of this process; small.
    package let number: Int
    /// About what it takes of memory, for whoever keeps many.
    package let memoryBytes: Int
    /// The outermost type.
    let root: Int
    let types: UnsafeMutableBufferPointer<AvroType>
    let fields: UnsafeMutableBufferPointer<AvroField>
    /// Types of fields that have bytes, record by record; and branches, union by union.
    let lists: UnsafeMutableBufferPointer<Int32>
    let symbols: UnsafeMutableBufferPointer<AvroSymbol>
    /// Names of fields and symbols.
    let names: UnsafeMutableBufferPointer<UInt8>

    private static let made = Atomic<Int>(0)

    /// - Parameter referenced: the texts that it refers to, and that those refer to: each before
    ///   those that use it, and each once.
    /// - Throws: for what is no schema by the specification of Avro, and beyond the bounds of
    ///   `SchemaText`.
    package init(_ text: SchemaText, referenced: [SchemaText] = []) throws(BadSchema) {
        guard text.schemaType ?? "AVRO" == "AVRO" else {
            throw BadSchema("its type is not AVRO")
        }
        guard referenced.count <= SchemaText.referencesMax else {
            throw BadSchema("it has more than \(SchemaText.referencesMax) references")
        }
        var compiler = SchemaCompiler()
        for other in referenced { _ = try compiler.compile(other.text) }
        root = try Int(compiler.compile(text.text))
        number = Self.made.wrappingAdd(1, ordering: .relaxed).newValue
        unsafe types = Self.kept(compiler.types)
        unsafe fields = Self.kept(compiler.fields)
        unsafe lists = Self.kept(compiler.lists)
        unsafe symbols = Self.kept(compiler.symbols)
        unsafe names = Self.kept(compiler.names)
        memoryBytes =
            compiler.types.count * MemoryLayout<AvroType>.stride
            + compiler.fields.count * MemoryLayout<AvroField>.stride
            + compiler.lists.count * MemoryLayout<Int32>.stride
            + compiler.symbols.count * MemoryLayout<AvroSymbol>.stride + compiler.names.count
    }

    deinit {
        unsafe types.deallocate()
        unsafe fields.deallocate()
        unsafe lists.deallocate()
        unsafe symbols.deallocate()
        unsafe names.deallocate()
    }

    private static func kept<Element: BitwiseCopyable>(
        _ list: [Element]
    ) -> UnsafeMutableBufferPointer<Element> {
        let memory = UnsafeMutableBufferPointer<Element>.allocate(capacity: list.count)
        _ = unsafe memory.initialize(from: list)
        return unsafe memory
    }
}
