import Lifecycle

/// A plot as inline SVG, which needs neither scripts nor files.
struct Plot {
    /// A line or bars of one colour, and what it is called.
    struct Series {
        let name: String
        /// Which colour of the page's style: 0, 1 or 2.
        let colour: Int
        let points: [(x: Double, y: Double)]
    }

    private static let (width, height) = (720.0, 260.0)
    private static let (left, right, top, bottom) = (76.0, 12.0, 24.0, 40.0)

    let title: String
    /// What the axes count, with units.
    let xName: String
    let yName: String
    let series: [Series]
    /// What stands below the ends of the axis.
    let xEnds: (String, String)
    var yMax: Double?

    /// Lines from point to point.
    var lines: String { drawn { Self.line($0, $1, $2) } }

    /// A step a point: for bars of the same width beside one another.
    var steps: String {
        drawn { series, x, y in
            var path = ""
            for (index, point) in series.points.enumerated() {
                let next =
                    index + 1 < series.points.count
                    ? series.points[index + 1].x : point.x + Self.stepOf(series)
                let (from, to, height) = (x(point.x), x(next), y(point.y))
                path += path.isEmpty ? "M" : "L"
                path +=
                    "\(Self.text(from)) \(Self.text(height))L\(Self.text(to)) \(Self.text(height))"
            }
            return Self.path(path, series.colour)
        }
    }

    private static func stepOf(_ series: Series) -> Double {
        series.points.count > 1 ? series.points[1].x - series.points[0].x : 1
    }

    private static func line(
        _ series: Series, _ x: (Double) -> Double, _ y: (Double) -> Double
    ) -> String {
        var path = ""
        for point in series.points where point.x.isFinite && point.y.isFinite {
            path += "\(path.isEmpty ? "M" : "L")\(text(x(point.x))) \(text(y(point.y)))"
        }
        return Self.path(path, series.colour)
    }

    private static func path(_ path: String, _ colour: Int) -> String {
        "<path class=\"s\(colour)\" d=\"\(path)\"/>"
    }

    private func drawn(
        _ draw: (Series, _ x: (Double) -> Double, _ y: (Double) -> Double) -> String
    ) -> String {
        let all = series.flatMap(\.points).filter { $0.x.isFinite && $0.y.isFinite }
        guard let lowest = all.map(\.x).min(), let last = all.map(\.x).max() else { return "" }
        let step = series.map(Self.stepOf).max() ?? 0
        let highest = last > lowest ? last : lowest + max(step, 1)
        let most = max(yMax ?? 0, all.map(\.y).max() ?? 0)
        let scale = most > 0 ? most : 1
        let (w, h) = (Self.width - Self.left - Self.right, Self.height - Self.top - Self.bottom)
        let x = { (value: Double) in
            min(Self.left + w, Self.left + (value - lowest) / (highest - lowest) * w)
        }
        let y = { (value: Double) in Self.top + h - min(value, scale) / scale * h }
        var svg =
            "<svg viewBox=\"0 0 \(Self.text(Self.width)) \(Self.text(Self.height))\" role=\"img\" "
            + "aria-label=\"\(HTMLText.escaped(title))\">"
        svg += Self.label(title, Self.left, 14, "start", "title")
        for part in [0, 0.5, 1] {
            let place = y(part * scale)
            svg +=
                "<line x1=\"\(Self.text(Self.left))\" x2=\"\(Self.text(Self.left + w))\" "
                + "y1=\"\(Self.text(place))\" y2=\"\(Self.text(place))\" class=\"grid\"/>"
            svg += Self.label(Figures.short(part * scale), Self.left - 6, place + 4, "end")
        }
        for one in series { svg += draw(one, x, y) }
        svg += Self.label(xEnds.0, Self.left, Self.height - 24, "start")
        svg += Self.label(xEnds.1, Self.left + w, Self.height - 24, "end")
        svg += Self.label(xName, Self.left + w / 2, Self.height - 6, "middle")
        svg += PageFile.uprightText(
            HTMLText.escaped(yName), x: 12, y: Int(Self.top + h / 2))
        for (index, one) in series.enumerated() where series.count > 1 {
            let place = Self.left + w - Double(series.count - 1 - index) * 150
            svg += Self.label(one.name, place, 14, "end", "k\(one.colour)")
        }
        return svg + "</svg>"
    }

    private static func label(
        _ words: String, _ x: Double, _ y: Double, _ anchor: String, _ name: String = ""
    ) -> String {
        "<text x=\"\(text(x))\" y=\"\(text(y))\" text-anchor=\"\(anchor)\" class=\"\(name)\">"
            + "\(HTMLText.escaped(words))</text>"
    }

    static func text(_ number: Double) -> String { Figures.fixed(number, 1) }
}
