package import Lifecycle
package import Scoring

/// LIBLINEAR's text model files, of every solver.
///
/// Feature id `i` of the file is index `i - 1` of the features. Ids above `nr_feature` weigh
/// nothing: the training never saw them.
package enum LiblinearModel {
    /// The fewest bytes that a weight takes: a digit, and a space or the line end.
    private static let weightBytes = 2

    /// Parses a model.
    ///
    /// 3 to 10 ms for 2^18 features. The file is hostile: its counts are held against its length
    /// before anything is allocated.
    ///
    /// - Throws: `SwerveError.tooLarge` above `Limits.modelFileBytes`, else `.invalid` that names
    ///   the line.
    package static func parse(_ file: NamedBytes) throws(SwerveError) -> Model {
        let act = "reading model file \(file.name)"
        guard file.bytes.count <= Limits.modelFileBytes else {
            throw SwerveError(
                .tooLarge, act: act,
                reason: "\(file.bytes.count) bytes, the limit is \(Limits.modelFileBytes)")
        }
        var lines = TextLines(file.bytes)
        let header = try LiblinearHeader(reading: &lines, act: act)
        let announced = header.lineCount * header.rows
        guard announced <= lines.remainingBytes / weightBytes else {
            throw SwerveError(
                .invalid, act: act,
                reason: "line \(lines.number): \(announced) weights are announced, "
                    + "and \(lines.remainingBytes) bytes follow",
                remedy: "the file is cut off")
        }
        var weights = [Double](repeating: 0, count: header.featureCount * header.rows)
        // All of them at once; the first line that is not plain is read anew, for its error's sake.
        let plain = DecimalNumber.readLines(
            file.bytes, from: lines.position, columns: header.rows, into: &weights)
        lines.skip(lines: plain.lines, length: plain.length)
        for feature in plain.lines..<header.featureCount {
            try read(&lines, feature, header, act, into: &weights, at: feature * header.rows)
        }
        var intercepts = [Double](repeating: 0, count: header.rows)
        if header.bias >= 0 {
            try read(&lines, header.featureCount, header, act, into: &intercepts, at: 0)
        }
        for row in 0..<header.rows {
            intercepts[row] = header.bias >= 0 ? header.bias * intercepts[row] : 0
            intercepts[row] -= header.rho
            guard intercepts[row].isFinite else {
                throw SwerveError(
                    .invalid, act: act,
                    reason: "line \(lines.number): the bias times its weight is beyond a double")
            }
        }
        guard !lines.hasMore else {
            throw SwerveError(
                .invalid, act: act,
                reason: "line \(lines.number + 1): more lines than the \(header.lineCount) "
                    + (header.rows == 1 ? "weights" : "of weights"))
        }
        return model(header, weights, intercepts)
    }

    private static func model(
        _ header: LiblinearHeader, _ weights: [Double], _ intercepts: [Double]
    ) -> Model {
        var linear = LinearWeights(weights: weights, intercepts: intercepts)
        if header.rows == 2 {
            // Crammer-Singer: LIBLINEAR looks at the first of the two decisions alone.
            linear = LinearWeights(
                weights: stride(from: 0, to: weights.count, by: 2).map { weights[$0] },
                intercepts: [intercepts[0]])
        }
        return Model(
            task: header.solver.task, classes: header.classes,
            rule: linear.rows > 1 ? .oneVsRest : .single, function: .linear(linear),
            probability: header.solver.isLogistic ? .logistic : .none)
    }

    /// Reads a line of `header.rows` weights.
    private static func read(
        _ lines: inout TextLines, _ index: Int, _ header: LiblinearHeader, _ act: String,
        into weights: inout [Double], at start: Int
    ) throws(SwerveError) {
        guard let line = lines.next() else {
            let (reason, remedy) = lines.ending(
                "after \(index) of \(header.lineCount) "
                    + (header.rows == 1 ? "weights" : "lines of weights"))
            throw SwerveError(.invalid, act: act, reason: reason, remedy: remedy)
        }
        var position = line.lowerBound
        for row in 0..<header.rows {
            while row > 0, position < line.upperBound, lines.bytes[position] == 0x20 {
                position += 1
            }
            guard row == 0 || position < line.upperBound else {
                throw SwerveError(
                    .invalid, act: act,
                    reason: "line \(lines.number): \(row) of \(header.rows) numbers")
            }
            let rest = position..<line.upperBound
            let number = DecimalNumber.read(lines.bytes, rest)
            guard let (value, length) = number, value.isFinite else {
                let shown = String(decoding: lines.bytes[rest].prefix(40), as: UTF8.self)
                throw SwerveError(
                    .invalid, act: act,
                    reason: "line \(lines.number): weight '\(shown)' is not a finite number")
            }
            weights[start + row] = value
            position += length
        }
        while position < line.upperBound {
            guard lines.bytes[position] == 0x20 else {
                throw SwerveError(
                    .invalid, act: act,
                    reason: "line \(lines.number): more than "
                        + (header.rows == 1 ? "one number" : "\(header.rows) numbers"))
            }
            position += 1
        }
    }
}
