import Lifecycle

/// A plot of lines over time, as inline SVG.
struct RolloutFigure {
    /// Wall-clock milliseconds, ascending.
    let times: [Double]
    let title: String
    /// What the upright axis counts, with its unit.
    let unit: String
    private var bands: [(low: [Double], high: [Double])] = []
    private var lines: [(values: [Double?], kind: String, colour: Int)] = []
    private var levels: [Double] = []

    init(times: [Double], title: String, unit: String) {
        self.times = times
        self.title = title
        self.unit = unit
    }

    mutating func addBand(_ low: [Double], _ high: [Double]) { bands.append((low, high)) }

    /// - Parameters:
    ///   - kind: the legend's word.
    ///   - colour: of the page's style, 0 to 2.
    mutating func addLine(_ values: [Double?], _ kind: String, colour: Int) {
        lines.append((values, kind, colour))
    }

    mutating func addLevel(_ value: Double) { levels.append(value) }

    /// Empty where there is nothing to draw.
    var svg: String {
        guard let first = times.first, let last = times.last, last > first else { return "" }
        let shown = lines.flatMap { $0.values.compactMap(\.self) } + levels
        guard !shown.isEmpty, !lines.isEmpty else { return "" }
        // A young interval is as wide as all that can be: the lines say what is worth seeing.
        let span = range(of: shown)
        var marks = ""
        for band in bands {
            let ends =
                zip(times, band.high).map { point($0, $1, span) }
                + zip(times, band.low).reversed().map { point($0, $1, span) }
            marks += "<polygon class=\"band\" points=\"\(ends.joined(separator: " "))\"/>"
        }
        for level in levels {
            let y = Figures.fixed(y(level, span), 1)
            marks +=
                "<line class=\"level\" x1=\"\(Self.left)\" x2=\"\(Self.right)\" y1=\"\(y)\" "
                + "y2=\"\(y)\"/>"
        }
        for line in lines {
            let points = zip(times, line.values).compactMap { time, value in
                value.map { point(time, $0, span) }
            }
            let kind = HTMLText.escaped(line.kind)
            marks +=
                "<polyline class=\"s\(line.colour)\" points=\"\(points.joined(separator: " "))\">"
                + "<title>\(kind)</title></polyline>"
        }
        let legend = lines.map { line in
            "<tspan class=\"k\(line.colour)\">\(HTMLText.escaped(line.kind))</tspan>"
        }.joined(separator: ", ")
        return """
            <svg role="img" aria-label="\(HTMLText.escaped(title))" \
            viewBox="0 0 \(Self.width) \(Self.height)">\
            <text x="\(Self.left)" y="12">\(HTMLText.escaped(title)): \(legend)</text>\
            <line class="axis" x1="\(Self.left)" x2="\(Self.right)" y1="\(Self.bottom)" \
            y2="\(Self.bottom)"/>\(marks)\
            <text x="\(Self.left - 4)" y="\(Self.top + 10)" text-anchor="end">\
            \(Figures.short(span.upperBound))</text>\
            <text x="\(Self.left - 4)" y="\(Self.bottom)" text-anchor="end">\
            \(Figures.short(span.lowerBound))</text>\
            \(PageFile.uprightText(HTMLText.escaped(unit), x: 11, y: (Self.top + Self.bottom) / 2))\
            <text x="\((Self.left + Self.right) / 2)" y="\(Self.height - 4)" text-anchor="middle">\
            time (UTC)</text>\
            <text x="\(Self.left)" y="\(Self.height - 4)">\(Self.moment(first))</text>\
            <text x="\(Self.right)" y="\(Self.height - 4)" text-anchor="end">\
            \(Self.moment(last))</text></svg>
            """
    }

    /// `2026-11-23 18:52:10`.
    private static func moment(_ ms: Double) -> String {
        let text = Timestamp.text(ofMs: Int64(ms))
        return HTMLText.escaped("\(text.prefix(10)) \(text.dropFirst(11).prefix(8))")
    }

    private func range(of values: [Double]) -> ClosedRange<Double> {
        let finite = values.filter(\.isFinite)
        let low = min(0, finite.min() ?? 0)
        let high = max(0, finite.max() ?? 1)
        let margin = max((high - low) * 0.1, 1e-9)
        return (low < 0 ? low - margin : 0)...(high + margin)
    }

    private func point(_ time: Double, _ value: Double, _ span: ClosedRange<Double>) -> String {
        let part = (time - times[0]) / (times[times.count - 1] - times[0])
        let x = Double(Self.left) + part * Double(Self.right - Self.left)
        return "\(Figures.fixed(x, 1)),\(Figures.fixed(y(value, span), 1))"
    }

    private func y(_ value: Double, _ span: ClosedRange<Double>) -> Double {
        let held = min(max(value.isFinite ? value : 0, span.lowerBound), span.upperBound)
        let part = (held - span.lowerBound) / (span.upperBound - span.lowerBound)
        return Double(Self.bottom) - part * Double(Self.bottom - Self.top)
    }

    private static let (width, height) = (480, 180)
    private static let (left, right, top, bottom) = (64, 472, 20, 156)
}
