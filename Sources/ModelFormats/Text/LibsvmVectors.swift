import Lifecycle

/// The lines of a LIBSVM model file after `SV`: coefficients, then `index:value`, indices ascending
/// from 1, or from 0.
struct LibsvmVectors {
    /// The fewest bytes that a coefficient takes: a digit, and a space or the line end.
    private static let coefficientBytes = 2

    private let act: String
    private let count: Int
    private let coefficientRows: Int
    private let firstIndex: Int
    /// Row-major, as `KernelMachine.coefficients`.
    private(set) var coefficients: [Double]
    /// As `SparseVectors` takes them.
    private(set) var starts = [0]
    private(set) var indices: [UInt32] = []
    private(set) var values: [Double] = []

    /// Holds what the header announces against the bytes that follow.
    init(
        _ header: LibsvmHeader, following lines: TextLines, firstIndex: Int = 1, act: String
    ) throws(SwerveError) {
        let least = header.coefficientRows * Self.coefficientBytes
        guard header.vectorCount <= lines.remainingBytes / least else {
            throw SwerveError(
                .invalid, act: act,
                reason: "line \(lines.number): \(header.vectorCount) support vectors are "
                    + "announced, and \(lines.remainingBytes) bytes follow",
                remedy: "the file is cut off")
        }
        self.act = act
        self.firstIndex = firstIndex
        count = header.vectorCount
        coefficientRows = header.coefficientRows
        coefficients = [Double](repeating: 0, count: count * coefficientRows)
        starts.reserveCapacity(count + 1)
    }

    /// - Throws: `SwerveError.invalid` that names the line.
    mutating func read(_ lines: inout TextLines) throws(SwerveError) {
        for vector in 0..<count {
            guard let line = lines.next() else {
                let (reason, remedy) = lines.ending("after \(vector) of \(count) support vectors")
                throw SwerveError(.invalid, act: act, reason: reason, remedy: remedy)
            }
            try read(vector, lines.bytes, line, lines.number)
            starts.append(values.count)
        }
    }

    private mutating func read(
        _ vector: Int, _ bytes: [UInt8], _ line: Range<Int>, _ number: Int
    ) throws(SwerveError) {
        var words = TextWords(bytes, line)
        for row in 0..<coefficientRows {
            guard let word = words.next() else {
                throw KeyedLines.wrong(
                    act, number, "\(row) coefficients, where \(coefficientRows) are needed")
            }
            guard let (value, length) = DecimalNumber.read(bytes, word), length == word.count,
                value.isFinite
            else {
                throw wrong(bytes, word, number, "coefficient", "is not a finite number")
            }
            coefficients[row * count + vector] = value
        }
        var last = firstIndex - 1
        while let word = words.next() {
            var position = word.lowerBound
            var index = 0
            while position < word.upperBound, (0x30...0x39).contains(bytes[position]),
                index <= Limits.featureID
            {
                index = index * 10 + Int(bytes[position] - 0x30)
                position += 1
            }
            guard index <= Limits.featureID else {
                throw wrong(
                    bytes, word, number, "feature", "has an index above \(Limits.featureID)")
            }
            guard position > word.lowerBound, position < word.upperBound,
                bytes[position] == UInt8(ascii: ":")
            else { throw wrong(bytes, word, number, "feature", "is not index:value") }
            guard index >= firstIndex else {
                throw wrong(
                    bytes, word, number, "feature", "has an index below 1",
                    remedy: "if the training data was written with indices from 0 "
                        + "(dump_svmlight_file's zero_based=True), register it as zero-based, "
                        + "or add 1 to every index of the file")
            }
            guard index > last else {
                throw wrong(
                    bytes, word, number, "feature",
                    index == last ? "comes twice" : "comes after index \(last)")
            }
            last = index
            let rest = position + 1..<word.upperBound
            guard let (value, length) = DecimalNumber.read(bytes, rest), length == rest.count,
                value.isFinite
            else { throw wrong(bytes, word, number, "feature", "has no finite number") }
            indices.append(UInt32(index - firstIndex))
            values.append(value)
        }
    }

    private func wrong(
        _ bytes: [UInt8], _ word: Range<Int>, _ line: Int, _ what: String, _ reason: String,
        remedy: String = ""
    ) -> SwerveError {
        let shown = String(decoding: bytes[word.prefix(40)], as: UTF8.self)
        return SwerveError(
            .invalid, act: act, reason: "line \(line): \(what) '\(shown)' \(reason)",
            remedy: remedy)
    }
}
