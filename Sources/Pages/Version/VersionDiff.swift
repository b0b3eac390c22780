import Catalogue
import Lifecycle
import Scoring

/// What differs between two versions, and what that means for scores.
struct VersionDiff {
    let diff: ArtifactDiff

    var markup: HTML {
        let conclusions = diff.conclusions.prefix(Self.conclusionsMax).map { words -> HTML in
            "<li>\(name: words, limit: 500)</li>"
        }
        return """
            <p>From <strong>\(diff.before.version)</strong> to \
            <strong>\(diff.after.version)</strong>:</p>
            <ul class="sentences">\(Array(conclusions))</ul>
            \(fields)\(weights)
            """
    }

    private var fields: HTML {
        var table = Table(
            id: "diff-table", caption: "What differs",
            columns: [
                Table.Column("Field"), Table.Column("Before"), Table.Column("After"),
                Table.Column("By", isNumber: true),
            ], isStacked: true)
        let parts = [
            ("", diff.facts), ("verdict", diff.verdict), ("featurizer", diff.featurizer),
            ("said", diff.metadata),
        ]
        let all = parts.flatMap { name, changes in changes.map { (name, $0) } }
        for (name, change) in all.prefix(Self.changesMax) {
            table.add([
                "<code>\(name: name.isEmpty ? change.path : "\(name).\(change.path)", limit: 120)</code>",
                Self.value(change.before), Self.value(change.after),
                change.difference.markup { "\($0 > 0 ? "+" : "")\(Figures.short($0))" },
            ])
        }
        guard table.count > 0 else { return "<p class=\"quiet\">Facts and words are equal.</p>\n" }
        let rest = all.count - table.count + max(0, diff.featurizerChanges - diff.featurizer.count)
        let more: HTML = rest > 0 ? "<p class=\"quiet\">and \(rest) more</p>\n" : ""
        return table.markup + more
    }

    private static func value(_ value: JSONValue?) -> HTML {
        guard let value else { return "<span class=\"quiet\">absent</span>" }
        return "\(name: value.string ?? value.text, limit: 160)"
    }

    private var weights: HTML {
        switch diff.weights {
        case .notCompared(let reason):
            return "<p class=\"quiet\">Weights are not compared: \(name: reason, limit: 400)</p>\n"
        case .compared(let difference, let names):
            let bars = difference.largest.prefix(VersionPage.weightsMax).map { change in
                SignedBars.Bar(
                    name: Self.named(names[change.index]), value: change.delta,
                    note: "feature \(change.index): \(Figures.short(change.before)) → "
                        + Figures.short(change.after))
            }
            let share = Figures.percent(
                Int64(difference.changedCount), of: Int64(difference.featureCount))
            let words: HTML = """
                <p class="quiet">\(Figures.grouped(difference.changedCount)) of \
                \(Figures.grouped(difference.featureCount)) weights changed (\(share)); cosine similarity \
                \(difference.cosine.map { Figures.short($0) } ?? "not defined"); intercept \
                \(Figures.short(difference.interceptBefore)) → \
                \(Figures.short(difference.interceptAfter))</p>

                """
            guard !bars.isEmpty else { return words }
            return words
                + SignedBars(
                    id: "diff-weights", caption: "Weights that changed most", bars: Array(bars),
                    valueTitle: "Change"
                ).markup
        }
    }

    /// `sel -1' and 3 more`: a minus stands before n-grams that count as -1.
    static func named(_ names: NgramNames?) -> String {
        guard let names, !names.ngrams.isEmpty else { return "no printable n-gram" }
        let shown = names.ngrams.map { ($0.isNegative ? "-" : "") + JSONValue.string($0.text).text }
        return shown.joined(separator: " ") + (names.more > 0 ? " and \(names.more) more" : "")
    }

    private static let conclusionsMax = 8
    private static let changesMax = 60
}
