/// An artifact as one file, for web servers: a tar archive (POSIX ustar) of what a worker's cache
/// has of it.
///
/// Its entries, in this order: `manifest.json`, the very bytes that have the digest;
/// `signatures.json`; then the files in the manifest's order, each called by its role. `tar tvf`
/// lists it. The same artifact with the same signatures is the same bytes.
package enum ArtifactBundle {
    package static let manifest = "manifest.json"
    package static let signatures = "signatures.json"
    package static let blockBytes = 512
    /// What a bundle ends with at least; tar may write more of the same.
    package static let end = [UInt8](repeating: 0, count: 2 * blockBytes)

    /// Of any bundle: what a server may send at most.
    package static var bytesMax: Int64 {
        Int64(
            Limits.manifestBytes + Limits.signatureListBytes + Limits.modelFileBytes
                + Limits.featurizerSpecBytes + Limits.goldenBytes + (1 << 20))
    }

    /// Zeros behind the content of an entry.
    package static func padding(_ bytes: Int) -> Int {
        (blockBytes - bytes % blockBytes) % blockBytes
    }

    /// The block before an entry's content.
    package static func header(_ name: String, bytes: Int) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: blockBytes)
        func put(_ text: String, at place: Int) {
            block.replaceSubrange(place..<place + text.utf8.count, with: text.utf8)
        }
        put(name, at: 0)
        put("0000644", at: 100)
        put("0000000", at: 108)
        put("0000000", at: 116)
        put(octal(bytes, digits: 11), at: 124)
        put("00000000000", at: 136)
        put("        ", at: 148)
        put("0", at: 156)
        put("ustar", at: 257)
        put("00", at: 263)
        put(octal(block.reduce(0) { $0 + Int($1) }, digits: 6) + "\0 ", at: 148)
        return block
    }

    /// The name and the size that a header tells; nil for one that is damaged, of another form, or
    /// of an entry that is no regular file.
    ///
    /// - Parameter block: `blockBytes` bytes of which nothing is sure.
    package static func entry(_ block: [UInt8]) -> (name: String, bytes: Int)? {
        guard block.count == blockBytes, text(block, 257, 5) == "ustar",
            block[156] == 0x30 || block[156] == 0, text(block, 345, 155) == ""
        else { return nil }
        var unsigned = 0
        for (place, byte) in block.enumerated() {
            unsigned += (148..<156).contains(place) ? 0x20 : Int(byte)
        }
        guard number(block, 148, 8) == unsigned, let name = text(block, 0, 100),
            let bytes = number(block, 124, 12)
        else { return nil }
        return (name, bytes)
    }

    private static func octal(_ value: Int, digits: Int) -> String {
        let text = String(value, radix: 8)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }

    /// Up to the first NUL.
    private static func text(_ block: [UInt8], _ place: Int, _ count: Int) -> String? {
        String(validating: block[place..<place + count].prefix { $0 != 0 }, as: UTF8.self)
    }

    private static func number(_ block: [UInt8], _ place: Int, _ count: Int) -> Int? {
        let digits = block[place..<place + count].drop { $0 == 0x20 }
            .prefix { (0x30...0x37).contains($0) }
        guard !digits.isEmpty else { return nil }
        return digits.reduce(0) { $0 << 3 | Int($1 - 0x30) }
    }
}
