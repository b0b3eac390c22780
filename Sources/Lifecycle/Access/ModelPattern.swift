/// Names of models that somebody may deal with.
///
/// Names with `*` for any letters, set apart by commas: `http-*,login` is of all models whose names
/// begin with `http-`, and of `login`.
package struct ModelPattern: Sendable, Hashable, CustomStringConvertible, TextCodable {
    package static let all = ModelPattern(parts: [[star]])

    private let parts: [[UInt8]]

    private init(parts: [[UInt8]]) { self.parts = parts }

    /// - Throws: `.usage` for what no model's name can be, and for more than there may be.
    package init(_ text: String) throws(SwerveError) {
        func wrong(_ reason: String) -> SwerveError {
            SwerveError(
                .usage, act: "reading the pattern of models '\(text.shortened(to: 80))'",
                reason: reason,
                remedy: "write names of models, * for any letters, as in http-*,login")
        }
        guard text.utf8.count <= Self.bytesMax else {
            throw wrong("it has more than \(Self.bytesMax) bytes")
        }
        let parts = text.utf8.split(
            separator: UInt8(ascii: ","), omittingEmptySubsequences: false
        ).map { Array($0) }
        guard parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(Self.isPatternByte) }) else {
            throw wrong("no model has such a name")
        }
        self.parts = parts
    }

    package var description: String {
        parts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ",")
    }

    /// Whether it leaves no model out.
    package var isAll: Bool { parts.contains { $0.allSatisfy { $0 == Self.star } } }

    package func matches(_ model: String) -> Bool {
        let name = Array(model.utf8)
        return parts.contains { Self.matches(name, $0) }
    }

    /// Goes back to the last star alone: what stood before it matched as early as it can.
    private static func matches(_ name: [UInt8], _ pattern: [UInt8]) -> Bool {
        var (at, place) = (0, 0)
        var retry: (at: Int, place: Int)?
        while at < name.count {
            if place < pattern.count, pattern[place] == star {
                place += 1
                retry = (at, place)
            } else if place < pattern.count, pattern[place] == name[at] {
                at += 1
                place += 1
            } else if let last = retry {
                at = last.at + 1
                place = last.place
                retry = (at, place)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == star }
    }

    private static func isPatternByte(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D
            || byte == star
    }

    private static let star = UInt8(ascii: "*")
    package static let bytesMax = 256
}
