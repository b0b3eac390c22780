package import Lifecycle

/// ONNX models as skl2onnx writes them: a graph of operators, read by what they compute together.
package enum ONNXModel {
    /// Parses a model file, which is hostile: nothing is allocated by what it announces, and what
    /// is not understood is refused by the name of its node.
    ///
    /// - Throws: `SwerveError.tooLarge` above a limit, else `.invalid` that names the message, the
    ///   node or the output.
    package static func parse(_ file: NamedBytes) throws(SwerveError) -> ParsedModel {
        let act = "reading model file \(file.name)"
        guard file.bytes.count <= Limits.modelFileBytes else {
            throw SwerveError(
                .tooLarge, act: act,
                reason: "\(file.bytes.count) bytes, the limit is \(Limits.modelFileBytes)")
        }
        let graph = try graph(file.bytes, act: act)
        let translator = try ONNXTranslator(graph, bytes: file.bytes, act: act)
        return try ONNXMeaning(graph, translator).parsed
    }

    private static func graph(_ bytes: [UInt8], act: String) throws(SwerveError) -> ONNXGraph {
        var reader = ProtobufReader(bytes, act: act)
        var graph: ONNXGraph?
        var version: Int64 = 0
        while let field = try reader.next() {
            switch field.number {
            case 1: version = try reader.int(field)
            case 7:
                guard graph == nil else {
                    throw reader.wrong(field.offset, "begins a second graph")
                }
                graph = try ONNXGraph(reading: reader.message(field, "the graph"))
            case 8: try expectOperators(reader.message(field, "operator set"))
            case 25:
                throw reader.wrong(
                    field.offset, "begins a function of the model's own, which is not supported")
            default: break
            }
        }
        guard (1...100).contains(version) else {
            throw SwerveError(.invalid, act: act, reason: "ir_version \(version) is not known")
        }
        guard let graph else {
            throw SwerveError(
                .invalid, act: act, reason: "the model has no graph", remedy: "the file is cut off")
        }
        return graph
    }

    private static func expectOperators(_ reader: ProtobufReader) throws(SwerveError) {
        var reader = reader
        var version: Int64 = 0
        var domain = ""
        while let field = try reader.next() {
            if field.number == 1 { domain = try reader.string(field) }
            if field.number == 2 { version = try reader.int(field) }
        }
        guard (1...1_000).contains(version) else {
            throw SwerveError(
                .invalid, act: reader.act,
                reason: "version \(version) of the operators '\(domain.shortened(to: 60))' is not "
                    + "known")
        }
    }
}
