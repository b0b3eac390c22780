/// The pairs of classes of one-vs-one, (0,1), (0,2) … (1,2) …, by their position.
enum ClassPair {
    /// The pair of the winner and the class that came second by votes, the first among equals.
    ///
    /// - Parameter decisions: one a pair.
    static func ofWinner(_ winner: Int, classes: Int, decisions: [Double]) -> Int {
        var votes = [Int](repeating: 0, count: classes)
        forEach(classes: classes) { pair, first, second in
            votes[decisions[pair] > 0 ? first : second] += 1
        }
        let rivals = (0..<classes).filter { $0 != winner }
        let rival = rivals.max { votes[$0] < votes[$1] || votes[$0] == votes[$1] && $0 > $1 }
        var found = 0
        forEach(classes: classes) { pair, first, second in
            if Set([first, second]) == Set([winner, rival]) { found = pair }
        }
        return found
    }

    private static func forEach(classes: Int, _ body: (Int, Int, Int) -> Void) {
        var pair = 0
        for first in 0..<classes {
            for second in (first + 1)..<max(first + 1, classes) {
                body(pair, first, second)
                pair += 1
            }
        }
    }
}
