package import Lifecycle
package import Scoring

/// LIBSVM's text model files, of every type and kernel but the precomputed one.
///
/// Feature id `i` of the file is index `i - 1` of the features, or `i` where its ids begin at 0.
package enum LibsvmModel {
    /// Parses a model.
    ///
    /// About 10 ms for 3,500 support vectors in 30 dimensions. The file is hostile: its counts are
    /// held against its length before anything is allocated, and what is allocated is a small
    /// multiple of it.
    ///
    /// - Parameter firstIndex: the lowest index that a feature may have, 1 or 0.
    /// - Throws: `SwerveError.tooLarge` above `Limits.modelFileBytes`, else `.invalid` that names
    ///   the line.
    package static func parse(
        _ file: NamedBytes, firstIndex: Int = 1
    ) throws(SwerveError) -> Model {
        let act = "reading model file \(file.name)"
        guard file.bytes.count <= Limits.modelFileBytes else {
            throw SwerveError(
                .tooLarge, act: act,
                reason: "\(file.bytes.count) bytes, the limit is \(Limits.modelFileBytes)")
        }
        var lines = TextLines(file.bytes)
        let header = try LibsvmHeader(reading: &lines, act: act)
        var vectors = try LibsvmVectors(
            header, following: lines, firstIndex: firstIndex, act: act)
        try vectors.read(&lines)
        guard !lines.hasMore else {
            throw KeyedLines.wrong(
                act, lines.number + 1,
                "more lines than the \(header.vectorCount) support vectors")
        }
        let rows = SparseVectors(
            starts: vectors.starts, indices: vectors.indices, values: vectors.values)
        return Model(
            task: header.kind.task, classes: header.classes,
            rule: header.classes.count > 2 ? .oneVsOne : .single,
            function: .kernel(
                KernelMachine(
                    kernel: header.kernel, featureCount: max(1, rows.width), rows: rows,
                    vectorCounts: header.vectorCounts, coefficients: vectors.coefficients,
                    intercepts: header.rho.map { -$0 })),
            probability: header.probability)
    }
}
