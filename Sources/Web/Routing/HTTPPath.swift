/// Paths of requests: cut first, then decoded, once.
package enum HTTPPath {
    /// Why a path means nothing here.
    enum Fault: String, Error {
        case tooLong = "the path is too long"
        case undecodable = "the path cannot be decoded"
        case dots = "the path has a segment of dots, or a slash or control character within one"
    }

    private static let pathBytes = 4_096

    /// The segments behind the first slash; nil for what does not begin with one.
    ///
    /// A path that ends with a slash has an empty one last.
    static func segments(of path: String) throws(Fault) -> [String]? {
        guard path.utf8.count <= pathBytes else { throw .tooLong }
        guard path.utf8.first == UInt8(ascii: "/") else { return nil }
        var segments: [String] = []
        // By bytes, as a server in front of this one cuts it: what combines with a slash would hide
        // it among the characters, or go with it.
        let parts = path.utf8.dropFirst().split(
            separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        for part in parts {
            guard let segment = decoded(Substring(part)) else { throw .undecodable }
            let isClean = segment.unicodeScalars.allSatisfy {
                $0.value >= 0x20 && $0.value != 0x7F && $0 != "/" && $0 != "\\"
            }
            guard isClean, segment != ".", segment != ".." else { throw .dots }
            segments.append(segment)
        }
        return segments
    }

    /// The text with each `%` and its two digits replaced; nil where digits are missing, and for
    /// what is no UTF-8.
    package static func decoded(
        _ text: some StringProtocol, plusIsSpace: Bool = false
    ) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit),
                    let low = rest.popFirst().flatMap(digit)
                else { return nil }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
