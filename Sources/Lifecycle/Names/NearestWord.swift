/// The known word that somebody most likely meant.
package enum NearestWord {
    /// The word of `known` that is nearest to `word` by letters left out, added, changed or swapped
    /// with their neighbour; the first in order among equals, and nil where none is near: at most a
    /// third of the letters, and three.
    package static func find(_ word: String, among known: some Sequence<String>) -> String? {
        guard word.utf8.count <= longest else { return nil }
        let wanted = Array(word.lowercased().utf8)
        let bound = min(3, max(1, wanted.count / 3))
        let candidates = known.map { (distance(wanted, Array($0.lowercased().utf8)), $0) }
        return candidates.filter { $0.0 <= bound }.min { $0 < $1 }?.1
    }

    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        guard abs(left.count - right.count) <= 3 else { return .max }
        var before: [Int] = []
        var row = Array(0...right.count)
        for (i, byte) in left.enumerated() {
            var next = [i + 1]
            for (j, other) in right.enumerated() {
                var best = min(row[j] + (byte == other ? 0 : 1), row[j + 1] + 1, next[j] + 1)
                if i > 0, j > 0, byte == right[j - 1], left[i - 1] == other {
                    best = min(best, before[j - 1] + 1)
                }
                next.append(best)
            }
            before = row
            row = next
        }
        return row[right.count]
    }

    private static let longest = 80
}
