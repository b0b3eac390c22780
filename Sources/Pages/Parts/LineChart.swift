import Lifecycle

/// Lines over time, as wide as there is room, with their numbers in a table below them.
struct LineChart {
    struct Series {
        let name: String
        /// Which of the strokes of the sheet: `stable`, `candidate`, `allowed`.
        ///
        /// They differ in dash and width, not in colour alone.
        let kind: String
        /// One a time; nil where nothing is known.
        let values: [Double?]
    }

    /// Unique on the page.
    let id: String
    let title: String
    /// Wall-clock milliseconds, ascending.
    let times: [Int64]
    var series: [Series]
    /// Between which two lines the truth lies.
    var band: (low: [Double?], high: [Double?])?
    var bandName = ""
    var format: (Double) -> String = { Figures.short($0) }
    var nowMs: Int64

    /// Empty where there is nothing to draw.
    var markup: HTML {
        guard times.count > 1, let first = times.first, let last = times.last, last > first,
            series.contains(where: { $0.values.contains { $0?.isFinite == true } })
        else { return HTML() }
        let (range, step) = scale
        var marks = HTML()
        if let band { marks += area(band, range) }
        for one in series {
            for run in runs(of: one.values) {
                let points = run.map { "\(x($0.place)),\(y($0.value, range))" }.joined(
                    separator: " ")
                // A single point is no line: a short one shows it.
                let drawn = run.count == 1 ? "\(points) \(points)" : points
                marks += "<polyline class=\"line line-\(one.kind)\" points=\"\(drawn)\"/>"
            }
        }
        let lines = Int(((range.upperBound - range.lowerBound) / step).rounded())
        var (grid, ticks) = (HTML(), HTML())
        for number in 0...max(1, min(lines, Self.gridLinesMax)) {
            let value = range.lowerBound + Double(number) * step
            let place = Self.top + y(value, range) * Self.height / 1_000
            let kind: HTML =
                value.magnitude < step / 2 && range.lowerBound < 0 ? "grid zero" : "grid"
            grid += "<line class=\"\(kind)\" x1=\"0\" x2=\"100%\" y1=\"\(place)\" y2=\"\(place)\"/>"
            ticks +=
                "<text class=\"tick\" x=\"0\" y=\"\(place - 3)\">\(Self.tick(value, step))</text>"
        }
        let bottom = Self.top + Self.height
        return """
            <figure class="chart" id="\(id)"><figcaption>\(title)</figcaption>
            <svg width="100%" height="\(bottom + 18)" role="img" aria-label="\(words)">\(grid)\
            <svg y="\(Self.top)" width="100%" height="\(Self.height)" viewBox="0 0 1000 1000" \
            preserveAspectRatio="none">\(marks)</svg>\(ticks)\
            <text class="tick" x="0" y="\(bottom + 14)">\(clock(first))</text>\
            <text class="tick" x="100%" y="\(bottom + 14)" text-anchor="end">\(clock(last))</text></svg>
            \(legend)\(numbers)</figure>

            """
    }

    private var legend: HTML {
        var items = series.map { one -> HTML in
            let last = one.values.last { $0?.isFinite == true } ?? nil
            return """
                <li><svg class="sample" width="26" height="10" aria-hidden="true">\
                <line class="line line-\(one.kind)" x1="1" x2="25" y1="5" y2="5"/></svg>\
                \(name: one.name, limit: 60)\(last.markup { " <strong>\(format($0))</strong>" })</li>
                """
        }
        if band != nil {
            items.append(
                """
                <li><svg class="sample" width="26" height="10" aria-hidden="true">\
                <rect class="band" width="26" height="10"/></svg>\(bandName)</li>
                """)
        }
        return "<ul class=\"legend\">\(items)</ul>"
    }

    private var numbers: HTML {
        var table = Table(
            id: "\(id)-numbers", caption: title,
            columns: [Table.Column("Time")] + series.map { Table.Column($0.name, isNumber: true) }
                + (band == nil ? [] : [Table.Column(bandName, isNumber: true)]))
        let stride = max(1, (times.count + Self.rowsMax - 1) / Self.rowsMax)
        for place in Swift.stride(from: times.count - 1, through: 0, by: -stride) {
            var cells: [HTML] = [Moment(ofMs: times[place]).markup(nowMs: nowMs)]
            cells += series.map { one in
                value(one.values, place).markup { "\(format($0))" }
            }
            if let band {
                let (low, high) = (value(band.low, place), value(band.high, place))
                cells.append(
                    low.flatMap { low in high.map { "\(format(low)) to \(format($0))" } } ?? HTML())
            }
            table.add(cells)
        }
        return """
            <details id="\(id)-details"><summary>Numbers</summary>
            \(table.markup)</details>
            """
    }

    /// For those who do not see it: what each line is, and where it begins and ends.
    private var words: String {
        let parts = series.compactMap { one -> String? in
            let known = one.values.compactMap(\.self).filter(\.isFinite)
            guard let first = known.first, let last = known.last else { return nil }
            return "\(VisibleText.bounded(one.name, 60)) from \(format(first)) to \(format(last))"
        }
        return "\(title). \(parts.joined(separator: "; "))"
    }

    // MARK: - Places

    /// From one round number to another, with the grid's lines `step` apart.
    ///
    /// Of the band it holds the last quarter: what is young is as wide as all that can be, and
    /// would flatten the rest.
    private var scale: (range: ClosedRange<Double>, step: Double) {
        var values = series.flatMap { $0.values.compactMap(\.self) }
        if let band {
            let late = times.count * 3 / 4
            values += (band.low.dropFirst(late) + band.high.dropFirst(late)).compactMap(\.self)
        }
        let finite = values.filter { $0.isFinite && $0.magnitude < Self.largest }
        let low = min(0, finite.min() ?? 0)
        let high = max(0, finite.max() ?? 1)
        let step = Self.roundStep(max(high - low, Self.smallest) / 3.5)
        let bottom = (low / step).rounded(.down) * step
        let top = max(bottom + step, (high / step).rounded(.up) * step)
        return (bottom...top, step)
    }

    /// 1, 2, 2.5 or 5 times a power of ten, at least `least`.
    private static func roundStep(_ least: Double) -> Double {
        var power = smallest
        while power * 10 <= least { power *= 10 }
        return [1, 2, 2.5, 5, 10].map { power * $0 }.first { $0 >= least } ?? power * 10
    }

    /// With as many digits behind the point as the step has.
    private static func tick(_ value: Double, _ step: Double) -> String {
        var (digits, rest) = (0, step)
        while (rest - rest.rounded()).magnitude > 1e-6 || rest < 0.999, digits < 9 {
            rest *= 10
            digits += 1
        }
        return Figures.fixed(value, digits)
    }

    private func x(_ place: Int) -> Int {
        let whole = Double(times[times.count - 1] - times[0])
        return Int((Double(times[place] - times[0]) / whole * 1_000).rounded())
    }

    private func y(_ value: Double, _ range: ClosedRange<Double>) -> Int {
        let held = min(max(value, range.lowerBound), range.upperBound)
        let part = (held - range.lowerBound) / (range.upperBound - range.lowerBound)
        return Int(((1 - part) * 1_000).rounded())
    }

    private func value(_ values: [Double?], _ place: Int) -> Double? {
        guard place < values.count, let value = values[place], value.isFinite else { return nil }
        return value
    }

    private func runs(of values: [Double?]) -> [[(place: Int, value: Double)]] {
        var runs: [[(place: Int, value: Double)]] = []
        var isOpen = false
        for place in times.indices {
            guard let value = value(values, place) else {
                isOpen = false
                continue
            }
            if isOpen {
                runs[runs.count - 1].append((place, value))
            } else {
                runs.append([(place, value)])
            }
            isOpen = true
        }
        return runs
    }

    private func area(
        _ band: (low: [Double?], high: [Double?]), _ range: ClosedRange<Double>
    ) -> HTML {
        let (low, high) = (runs(of: band.low), runs(of: band.high))
        return zip(low, high).map { low, high -> HTML in
            let ends =
                high.map { "\(x($0.place)),\(y($0.value, range))" }
                + low.reversed().map { "\(x($0.place)),\(y($0.value, range))" }
            return "<polygon class=\"band\" points=\"\(ends.joined(separator: " "))\"/>"
        }.joined()
    }

    /// The time of day, with the day where the chart spans several.
    private func clock(_ milliseconds: Int64) -> String {
        let ends = [times[0], times[times.count - 1]].map { Timestamp.text(ofMs: $0).prefix(10) }
        let text = Timestamp.text(ofMs: milliseconds)
        let time = text.dropFirst(11).prefix(5)
        return ends[0] == ends[1] ? String(time) : "\(text.dropFirst(5).prefix(5)) \(time)"
    }

    private static let top = 16
    private static let height = 140
    private static let rowsMax = 12
    private static let gridLinesMax = 8
    private static let smallest = 1e-9
    private static let largest = 1e12
}
