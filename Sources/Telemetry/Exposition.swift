/// Metrics in the text format of Prometheus, version 0.0.4, in the making.
///
/// Family by family: the samples of one stand together, below its help and type.
package struct Exposition {
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    package enum Kind: String {
        case counter, gauge, histogram
    }

    /// Labels of a sample, in their order; the names are of this program.
    package typealias Labels = [(name: String, value: String)]

    package private(set) var bytes: [UInt8] = []
    private var name = ""
    private var isBegun = false
    private var kind = Kind.gauge
    private var help = ""

    package init() { bytes.reserveCapacity(64 << 10) }

    /// Begins a family; one without samples leaves nothing behind.
    package mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        self.kind = kind
        self.help = help
        isBegun = false
    }

    /// A whole number.
    package mutating func sample(_ value: Int64, _ labels: Labels = []) {
        begin()
        line(name, labels, nil, "\(value)")
    }

    /// Any number.
    package mutating func measure(_ value: Double, _ labels: Labels = []) {
        begin()
        line(name, labels, nil, Self.text(of: value))
    }

    /// - Parameters:
    ///   - bounds: inclusive, ascending.
    ///   - counts: of each bucket by itself, one more than the bounds.
    package mutating func histogram(
        bounds: [Double], counts: [Int64], sum: Double, _ labels: Labels = []
    ) {
        begin()
        var below: Int64 = 0
        for (place, count) in counts.enumerated() {
            below += count
            let bound = place < bounds.count ? Self.text(of: bounds[place]) : "+Inf"
            line("\(name)_bucket", labels, bound, "\(below)")
        }
        line("\(name)_sum", labels, nil, Self.text(of: sum))
        line("\(name)_count", labels, nil, "\(below)")
    }

    private mutating func begin() {
        guard !isBegun else { return }
        isBegun = true
        bytes += "# HELP \(name) ".utf8
        for byte in help.utf8 { escape(byte, quotes: false) }
        bytes += "\n# TYPE \(name) \(kind.rawValue)\n".utf8
    }

    private mutating func line(
        _ name: String, _ labels: Labels, _ bound: String?, _ value: String
    ) {
        bytes += name.utf8
        var separator = UInt8(ascii: "{")
        for label in labels {
            bytes.append(separator)
            bytes += label.name.utf8
            bytes += "=\"".utf8
            for byte in label.value.utf8 { escape(byte, quotes: true) }
            bytes.append(UInt8(ascii: "\""))
            separator = UInt8(ascii: ",")
        }
        if let bound {
            bytes.append(separator)
            bytes += "le=\"".utf8
            bytes += bound.utf8
            bytes.append(UInt8(ascii: "\""))
            separator = UInt8(ascii: ",")
        }
        if separator == UInt8(ascii: ",") { bytes.append(UInt8(ascii: "}")) }
        bytes.append(UInt8(ascii: " "))
        bytes += value.utf8
        bytes.append(UInt8(ascii: "\n"))
    }

    private mutating func escape(_ byte: UInt8, quotes: Bool) {
        switch byte {
        case UInt8(ascii: "\\"): bytes += #"\\"#.utf8
        case UInt8(ascii: "\n"): bytes += #"\n"#.utf8
        case UInt8(ascii: "\"") where quotes: bytes += #"\""#.utf8
        default: bytes.append(byte)
        }
    }

    /// As Go reads it: whole numbers without a point.
    static func text(of number: Double) -> String {
        if number.isNaN { return "NaN" }
        guard number.isFinite else { return number < 0 ? "-Inf" : "+Inf" }
        let text = number.description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
