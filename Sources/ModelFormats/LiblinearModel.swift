package import Lifecycle
package import Scoring

/// LIBLINEAR's text model files, two classes.
///
/// Feature id `i` of the file is index `i - 1` of the features. Ids above `nr_feature` weigh
/// nothing: the training never saw them.
package enum LiblinearModel {
    /// The shortest line that holds a weight: a digit and the line end.
    private static let weightLineBytes = 2

    /// Parses a model.
    ///
    /// 10 to 20 ms for 2^18 features. The file is hostile: its counts are held against its length
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
        guard header.weightCount <= lines.remainingBytes / weightLineBytes else {
            throw SwerveError(
                .invalid, act: act,
                reason: "line \(lines.number): \(header.weightCount) weights are announced, "
                    + "and \(lines.remainingBytes) bytes follow",
                remedy: "the file is cut off")
        }
        var weights = [Double](repeating: 0, count: header.featureCount)
        for index in 0..<header.featureCount {
            weights[index] = try weight(&lines, index, header, act)
        }
        var intercept = 0.0
        if header.bias >= 0 {
            intercept = header.bias * (try weight(&lines, header.featureCount, header, act))
            guard intercept.isFinite else {
                throw SwerveError(
                    .invalid, act: act,
                    reason: "line \(lines.number): the bias times its weight is beyond a double")
            }
        }
        guard !lines.hasMore else {
            throw SwerveError(
                .invalid, act: act,
                reason:
                    "line \(lines.number + 1): more lines than the \(header.weightCount) weights")
        }
        return Model(
            classes: header.classes, weights: weights, intercept: intercept,
            isLogistic: header.solver.isLogistic)
    }

    private static func weight(
        _ lines: inout TextLines, _ index: Int, _ header: LiblinearHeader, _ act: String
    ) throws(SwerveError) -> Double {
        guard let line = lines.next() else {
            throw SwerveError(
                .invalid, act: act,
                reason: "line \(lines.number + 1): the file ends after \(index) of "
                    + "\(header.weightCount) weights",
                remedy: "the file is cut off")
        }
        guard let (value, length) = DecimalNumber.read(lines.bytes, line), value.isFinite else {
            let shown = String(decoding: lines.bytes[line].prefix(40), as: UTF8.self)
            throw SwerveError(
                .invalid, act: act,
                reason: "line \(lines.number): weight '\(shown)' is not a finite number")
        }
        for position in line.dropFirst(length) where lines.bytes[position] != 0x20 {
            throw SwerveError(
                .invalid, act: act,
                reason: "line \(lines.number): more than one number, where two classes need one")
        }
        return value
    }
}
