/// Metrics in the text format of Prometheus, version 0.0.4, in the making.
///
/// Family by family: the samples of one stand together, below its help and type.
package struct Exposition {
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    package enum Kind: String {
        case counter, gauge, histogram
    }

    /// Labels of a sample as they stand in its line, in their order: made once for many lines.
    package struct Labels: ExpressibleByDictionaryLiteral {
        fileprivate var text: [UInt8] = []

        /// - Parameter elements: the names are of this program.
        package init(dictionaryLiteral elements: (String, String)...) {
            for (name, value) in elements { add(name, value) }
        }

        /// The same with one more.
        package func with(_ name: String, _ value: String) -> Labels {
            var labels = self
            labels.add(name, value)
            return labels
        }

        private mutating func add(_ name: String, _ value: String) {
            if !text.isEmpty { text.append(UInt8(ascii: ",")) }
            text += name.utf8
            text += "=\"".utf8
            Exposition.escape(value, quotes: true, into: &text)
            text.append(UInt8(ascii: "\""))
        }
    }

    package private(set) var bytes: [UInt8] = []
    private var name: [UInt8] = []
    private var isBegun = false
    private var kind = Kind.gauge
    private var help = ""
    /// Names in their order, of the list that was put into order last: those of most lists are the
    /// same.
    private var order: [String] = []
    /// What follows a label's name in the line of each of them, and where it ends.
    private var orderText: [UInt8] = []
    private var orderEnds: [Int] = []
    private var counts: [Int64] = []
    /// Of one number, the last one in the last place.
    private var digits = [UInt8](repeating: 0, count: Exposition.digitsMax)
    private static let digitsMax = 20

    /// - Parameter capacity: bytes that the page is expected to have.
    package init(capacity: Int = 64 << 10) { bytes.reserveCapacity(capacity) }

    /// Begins a family; one without samples leaves nothing behind.
    package mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        self.name = Array(name.utf8)
        self.kind = kind
        self.help = help
        isBegun = false
    }

    /// A whole number.
    package mutating func sample(_ value: Int64, _ labels: Labels = [:]) {
        begin()
        line("", labels.text, nil)
        end(value)
    }

    /// Any number.
    package mutating func measure(_ value: Double, _ labels: Labels = [:]) {
        begin()
        line("", labels.text, nil)
        end(value)
    }

    /// A sample for each name, which is the value of one more label, in the order of names.
    package mutating func samples(
        _ values: [String: Int64], by label: String, _ labels: Labels
    ) {
        guard !values.isEmpty else { return }
        begin()
        putInOrder(values)
        var start = labels
        start.text += labels.text.isEmpty ? [] : [UInt8(ascii: ",")]
        start.text += label.utf8
        start.text += "=\"".utf8
        let head = name + [UInt8(ascii: "{")] + start.text
        var began = 0
        for (place, ended) in orderEnds.enumerated() {
            bytes += head
            bytes += orderText[began..<ended]
            end(counts[place])
            began = ended
        }
    }

    /// - Parameters:
    ///   - bounds: inclusive, ascending.
    ///   - counts: of each bucket by itself, one more than the bounds.
    package mutating func histogram(
        bounds: [Double], counts: [Int64], sum: Double, _ labels: Labels = [:]
    ) {
        begin()
        var below: Int64 = 0
        for (place, count) in counts.enumerated() {
            below += count
            let bound = place < bounds.count ? Self.text(of: bounds[place]) : "+Inf"
            line("_bucket", labels.text, bound)
            end(below)
        }
        line("_sum", labels.text, nil)
        end(sum)
        line("_count", labels.text, nil)
        end(below)
    }

    private mutating func putInOrder(_ values: [String: Int64]) {
        counts.removeAll(keepingCapacity: true)
        if order.count == values.count {
            for name in order {
                guard let count = values[name] else { break }
                counts.append(count)
            }
            if counts.count == order.count { return }
        }
        let sorted = values.sorted { $0.key < $1.key }
        order = sorted.map(\.key)
        counts = sorted.map(\.value)
        orderText.removeAll(keepingCapacity: true)
        orderEnds.removeAll(keepingCapacity: true)
        for name in order {
            Self.escape(name, quotes: true, into: &orderText)
            orderText += "\"} ".utf8
            orderEnds.append(orderText.count)
        }
    }

    private mutating func begin() {
        guard !isBegun else { return }
        isBegun = true
        bytes += "# HELP ".utf8
        bytes += name
        bytes.append(UInt8(ascii: " "))
        Self.escape(help, quotes: false, into: &bytes)
        bytes += "\n# TYPE ".utf8
        bytes += name
        bytes += " \(kind.rawValue)\n".utf8
    }

    /// All of a line but its number.
    private mutating func line(_ ending: String, _ labels: [UInt8], _ bound: String?) {
        bytes += name
        bytes += ending.utf8
        if let bound {
            bytes.append(UInt8(ascii: "{"))
            bytes += labels
            if !labels.isEmpty { bytes.append(UInt8(ascii: ",")) }
            bytes += "le=\"".utf8
            bytes += bound.utf8
            bytes += "\"}".utf8
        } else if !labels.isEmpty {
            bytes.append(UInt8(ascii: "{"))
            bytes += labels
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(UInt8(ascii: " "))
    }

    private mutating func end(_ number: Int64) {
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        var (rest, place) = (number.magnitude, Self.digitsMax)
        repeat {
            place -= 1
            digits[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        bytes += digits[place...]
        bytes.append(UInt8(ascii: "\n"))
    }

    private mutating func end(_ number: Double) {
        bytes += Self.text(of: number).utf8
        bytes.append(UInt8(ascii: "\n"))
    }

    private static func escape(_ text: String, quotes: Bool, into bytes: inout [UInt8]) {
        let isPlain = text.utf8.allSatisfy { byte in
            byte != UInt8(ascii: "\\") && byte != UInt8(ascii: "\n") && byte != UInt8(ascii: "\"")
        }
        guard !isPlain else {
            bytes += text.utf8
            return
        }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): bytes += #"\\"#.utf8
            case UInt8(ascii: "\n"): bytes += #"\n"#.utf8
            case UInt8(ascii: "\"") where quotes: bytes += #"\""#.utf8
            default: bytes.append(byte)
            }
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
