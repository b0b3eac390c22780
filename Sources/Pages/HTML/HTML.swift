/// Markup: literal parts are this room's own words, all other text is escaped on its way in.
///
///     let cell: HTML = "<td>\(name: author)</td>"
///
/// A `String` never becomes markup by itself, so what came from outside cannot be taken for it.
package struct HTML: Sendable, Equatable, ExpressibleByStringInterpolation {
    package private(set) var source: String

    package init(stringLiteral value: StaticString) { source = value.description }

    package init(stringInterpolation parts: StringInterpolation) { source = parts.source }

    /// Nothing.
    package init() { source = "" }

    package var isEmpty: Bool { source.isEmpty }
    package var bytes: [UInt8] { Array(source.utf8) }

    package static func + (left: HTML, right: HTML) -> HTML {
        var sum = left
        sum.source += right.source
        return sum
    }

    package static func += (left: inout HTML, right: HTML) { left.source += right.source }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var source = ""

        package init(literalCapacity: Int, interpolationCount: Int) {
            source.reserveCapacity(literalCapacity + 16 * interpolationCount)
        }

        package mutating func appendLiteral(_ literal: StaticString) {
            source += literal.description
        }

        package mutating func appendInterpolation(_ markup: HTML) { source += markup.source }

        package mutating func appendInterpolation(_ markup: [HTML]) {
            for part in markup { source += part.source }
        }

        package mutating func appendInterpolation(_ number: some BinaryInteger) {
            source += String(number)
        }

        /// Words of the program, as text or within an attribute's quotes.
        package mutating func appendInterpolation(_ words: String) {
            source += VisibleText.escaped(words)
        }

        /// What people and programs elsewhere wrote: cut, and kept from turning the text around it.
        package mutating func appendInterpolation(name text: String, limit: Int = 200) {
            guard !text.isEmpty else { return }
            source += "<bdi>\(VisibleText.escaped(VisibleText.bounded(text, limit)))</bdi>"
        }

        /// The same within an attribute's quotes, where nothing can be isolated.
        package mutating func appendInterpolation(value text: String, limit: Int = 200) {
            source += VisibleText.escaped(VisibleText.bounded(text, limit))
        }

        /// The same of several lines; ends of lines stay.
        package mutating func appendInterpolation(lines text: String, limit: Int = 2_000) {
            // By scalars: a line's end and what stands before it can be one character.
            let lines = VisibleText.bounded(text, limit).unicodeScalars
                .split(separator: "\n", omittingEmptySubsequences: false)
            source += lines.map {
                "<bdi>\(VisibleText.escaped(String(String.UnicodeScalarView($0))))</bdi>"
            }
            .joined(separator: "\n")
        }
    }
}

extension [HTML] {
    /// All of them, with `separator` between.
    func joined(_ separator: HTML = "") -> HTML {
        var all = HTML()
        for (place, part) in enumerated() {
            if place > 0 { all += separator }
            all += part
        }
        return all
    }
}

extension Optional {
    /// Markup of what is there; nothing where nothing is.
    func markup(_ write: (Wrapped) -> HTML) -> HTML { map(write) ?? HTML() }
}
