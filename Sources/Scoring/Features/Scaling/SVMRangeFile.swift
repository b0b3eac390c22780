import Lifecycle

/// The text that `svm-scale -s` writes: `x`, the two bounds, and a line a feature.
struct SVMRangeFile {
    struct Entry {
        /// Counted from 1.
        let index: Int
        let lowest: Double
        let highest: Double
    }

    private let text: String
    private let reader: SpecReader

    init(_ text: String, _ reader: SpecReader) {
        self.text = text
        self.reader = reader
    }

    func read() throws(SwerveError) -> SVMScale {
        // By bytes: a line break of two characters is one Character.
        var lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
            .map { String($0) ?? "" }
        while lines.last.map({ words($0).isEmpty }) ?? false { lines.removeLast() }
        if lines.first.map(words) == ["y"] {
            throw wrong(1, "it scales the target, which is not supported", "scale without -y")
        }
        guard lines.count >= 2, words(lines[0]) == ["x"] else {
            throw wrong(1, "it does not begin with 'x'", "give the file of svm-scale -s")
        }
        let bounds = words(lines[1]).map(number)
        guard bounds.count == 2, let lower = bounds[0], let upper = bounds[1], lower < upper else {
            throw wrong(2, "it is not the lower and the upper bound")
        }
        var entries: [Entry] = []
        for (position, line) in lines.enumerated().dropFirst(2) {
            let words = words(line)
            guard words.count == 3, let index = Int(words[0]), let lowest = number(words[1]),
                let highest = number(words[2])
            else { throw wrong(position + 1, "it is not index, lowest, highest") }
            entries.append(Entry(index: index, lowest: lowest, highest: highest))
        }
        return try SVMScale(lower: lower, upper: upper, entries, reader)
    }

    private func words(_ line: String) -> [String] {
        line.unicodeScalars.split { $0 == " " || $0 == "\t" || $0 == "\r" }.map { String($0) }
    }

    /// A finite decimal number: Double alone would also take hexadecimal.
    private func number(_ word: String) -> Double? {
        guard word.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }),
            let number = Double(word), number.isFinite
        else { return nil }
        return number
    }

    private func wrong(_ line: Int, _ what: String, _ remedy: String = "") -> SwerveError {
        SwerveError(
            .invalid, act: reader.act, reason: "\(reader.place).range, line \(line): \(what)",
            remedy: remedy)
    }
}
