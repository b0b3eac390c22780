import Lifecycle
import Operations

/// Requests on which the two versions of a trial disagree, by direction and by what moved them.
struct FlipSection {
    let look: FlipLook
    let versions: Versions

    func markup(nowMs: Int64) -> HTML {
        var content = look.fault.markup { fault -> HTML in
            let words = look.findings == nil ? "No examples" : "Not newer"
            return """
                <p class="flip-fault">\(StateMark(.doubtful, words).markup) <span>\(name: fault, limit: 600)</span></p>

                """
        }
        guard let findings = look.findings else {
            guard look.isLooking else { return "<h4>Examples</h4>\n\(content)" }
            content += """
                <p class="quiet">Examples are being looked for among the newest requests. They appear here, or \
                once the page is loaded again.</p>

                """
            return "<h4>Examples</h4>\n\(content)"
        }
        content += sentence(findings, nowMs: nowMs)
        if findings.pairs > 0 { content += counts(findings) }
        content += causes(findings)
        let cards = findings.examples.prefix(FlipExample.shown).enumerated().map { place, flip in
            FlipCard(id: "flip-\(place)", flip: flip, versions: versions).markup(nowMs: nowMs)
        }
        if !cards.isEmpty { content += "<ul class=\"flips\">\n\(cards)</ul>\n" }
        return "<h4>Examples</h4>\n\(content)"
    }

    private func sentence(_ findings: FlipFindings, nowMs: Int64) -> HTML {
        guard findings.records > 0 else {
            return "<p>\(name: findings.topic, limit: 250) holds no request to ask about.</p>\n"
        }
        let span = findings.span.markup { span -> HTML in
            """
             (\(Moment(ofMs: span.lowerBound).markup(nowMs: nowMs)) to \
            \(Moment(ofMs: span.upperBound).markup(nowMs: nowMs)))
            """
        }
        let asked = look.atMs.markup { Moment(ofMs: $0).full(nowMs: nowMs) }
        let cut = findings.cut.markup { " Not more of them, as \(name: $0, limit: 200)." as HTML }
        return """
            <p>Both versions were asked about the newest \(Figures.grouped(findings.records)) requests of \
            \(name: findings.topic, limit: 250)\(span), whichever decided them. \
            <span class="quiet">Asked \(asked)\(look.isLooking ? "; asked anew now" : "").</span>\(cut)</p>

            """
    }

    private func counts(_ findings: FlipFindings) -> HTML {
        let kinds: [(FlipDirection, HTML)] = [
            (.alert, "alert by \(versions.mode) \(versions.candidate) alone"),
            (.normal, "alert by stable \(versions.stable) alone"),
            (.relabelled, "other labels, alert by both or none"),
        ]
        let items = kinds.compactMap { kind, words -> HTML? in
            let count = findings.counts[kind] ?? 0
            // What few models can do is told only where it was done.
            guard count > 0 || kind != .relabelled else { return nil }
            let share = share(count, findings)
            return "<li><strong>\(Figures.grouped(count))</strong> \(words) \(share)</li>\n"
        }
        return "<ul class=\"flip-counts\">\n\(items)</ul>\n"
    }

    private func share(_ count: Int64, _ findings: FlipFindings) -> HTML {
        count > 0
            ? "<span class=\"quiet\">\(Figures.percent(count, of: findings.pairs))</span>" : HTML()
    }

    private func causes(_ findings: FlipFindings) -> HTML {
        let shown = findings.causes.prefix(Self.causesMax)
        guard !shown.isEmpty else { return HTML() }
        var table = Table(
            id: "flip-causes",
            caption: "What moved \(Figures.grouped(findings.explained)) of them most",
            columns: [
                Table.Column("Feature"), Table.Column("Direction"),
                Table.Column("Requests", isNumber: true),
            ], isStacked: true)
        for cause in shown {
            table.add([
                "<code>\(name: cause.words, limit: 160)</code>",
                "\(versions.words(cause.direction))", "\(Figures.grouped(cause.count))",
            ])
        }
        return table.markup
    }

    private static let causesMax = 8
}

extension Versions {
    /// What becomes of a request if the candidate takes the stable version's place.
    func words(_ direction: FlipDirection) -> String {
        switch direction {
        case .alert: "to alert"
        case .normal: "to no alert"
        case .relabelled: "to another label"
        }
    }
}

/// A request on which two versions disagree, with what made each say so.
struct FlipCard {
    /// Unique on the page.
    let id: String
    let flip: FlipExample
    let versions: Versions

    func markup(nowMs: Int64) -> HTML {
        let at = flip.atMs.markup { Moment(ofMs: $0).full(nowMs: nowMs) }
        let cause = flip.cause.isEmpty ? HTML() : ", moved most by \(codeOfCause)" as HTML
        return """
            <li class="flip"><p class="flip-head"><span class="verdict">\(versions.stable) says \
            <strong>\(name: flip.stable.label, limit: 60)</strong> \(Figures.short(flip.stable.score))</span> \
            <span class="verdict">\(versions.candidate) says <strong>\(name: flip.candidate.label, limit: 60)</strong> \
            \(Figures.short(flip.candidate.score))</span></p>
            <p class="flip-cause">\(StateMark(mark, versions.words(flip.direction)).markup)\(cause)</p>
            \(request)<p class="quiet">\(name: flip.record, limit: 300) \(at)</p>
            <details id="\(id)"><summary>Why</summary><div class="reasons">\(reasons)</div></details></li>

            """
    }

    private var codeOfCause: HTML { "<code>\(name: flip.cause, limit: 160)</code>" }

    private var mark: StateMark.Kind {
        switch flip.direction {
        case .alert: .doubtful
        case .normal: .moving
        case .relabelled: .idle
        }
    }

    private var request: HTML {
        guard let request = flip.request else {
            return "<p class=\"quiet\">\(name: flip.withheld, limit: 200)</p>\n"
        }
        return """
            <pre class="request" tabindex="0" role="region" aria-label="Request \(value: flip.record, limit: 300)">\
            <code>\(lines: request, limit: FlipExample.requestMax)</code></pre>

            """
    }

    private var reasons: HTML {
        let bars = flip.reasons.prefix(Self.reasonsMax).map { reason in
            SignedBars.Bar(
                name: reason.name, value: reason.difference,
                note: "\(versions.stable): \(Self.signed(reason.stable)), "
                    + "\(versions.candidate): \(Self.signed(reason.candidate))")
        }
        guard !bars.isEmpty else {
            return "<p class=\"quiet\">There is no explanation of it.</p>"
        }
        return SignedBars(
            id: "\(id)-reasons",
            caption: "What moves the score from \(versions.stable) to \(versions.candidate)",
            bars: Array(bars), valueTitle: "Moved by"
        ).markup
    }

    private static func signed(_ value: Double) -> String {
        (value > 0 ? "+" : "") + Figures.short(value)
    }

    private static let reasonsMax = 6
}
