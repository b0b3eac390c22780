/// Damages bytes as a hostile or careless writer would: the same damage in every run.
package struct ByteMutator {
    private var generator: SeededGenerator
    /// Pieces that are spliced in, so that the damage reaches past the first check.
    private let pieces: [[UInt8]]

    package init(seed: UInt64, pieces: [String]) {
        generator = SeededGenerator(seed: seed)
        self.pieces = pieces.map { Array($0.utf8) }
    }

    /// `bytes` after one to four changes: flipped, overwritten, removed, doubled, cut, spliced.
    package mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &generator) { change(&bytes) }
        return bytes
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        let at = bytes.isEmpty ? 0 : Int.random(in: 0..<bytes.count, using: &generator)
        let end = min(bytes.count, at + Int.random(in: 1...16, using: &generator))
        switch Int.random(in: 0..<6, using: &generator) {
        case 0 where !bytes.isEmpty: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1 where !bytes.isEmpty: bytes[at] = .random(in: .min ... .max, using: &generator)
        case 2: bytes.removeSubrange(at..<end)
        case 3: bytes.insert(contentsOf: bytes[at..<end], at: at)
        case 4: bytes.removeSubrange(at...)
        default:
            guard let piece = pieces.randomElement(using: &generator) else { return }
            bytes.replaceSubrange(at..<end, with: piece)
        }
    }
}
