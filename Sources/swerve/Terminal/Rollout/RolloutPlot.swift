import Lifecycle
import Operations

/// The growth of evidence as small plots of one line.
enum RolloutPlot {
    /// One line a guard that has counted something; none before the second block.
    static func lines(_ chart: RolloutChart) -> [String] {
        guard chart.points.count > 1 else { return [] }
        var lines: [String] = []
        for (index, name) in chart.names.enumerated() {
            let marks = chart.points.compactMap { $0.marks[index] }
            guard marks.count > 1, let last = marks.last else { continue }
            lines.append(
                "  " + TextLayout.padded(TextLayout.remark(name, scalars: 16), 16) + " harm "
                    + bars(marks.map(\.harm)) + " " + Figures.fixed(last.harm, 2) + "  proof "
                    + bars(marks.map(\.proof)) + " " + Figures.fixed(last.proof, 2))
        }
        guard !lines.isEmpty else { return [] }
        return ["evidence, as a part of what decides"] + lines
    }

    /// Parts from 0 to 1, the newest at the right.
    static func bars(_ parts: [Double]) -> String {
        guard !parts.isEmpty else { return "" }
        let width = min(columns, parts.count)
        return (0..<width).map { column in
            let part = parts[(column + 1) * parts.count / width - 1]
            let held = min(max(part.isFinite ? part : 0, 0), 1)
            return String(levels[Int((held * Double(levels.count - 1)).rounded())])
        }.joined()
    }

    private static let levels = Array("▁▂▃▄▅▆▇█")
    private static let columns = 24
}
