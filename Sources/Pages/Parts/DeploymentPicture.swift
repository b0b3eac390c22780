import Lifecycle

/// A deployment as a picture: one bar is all records, and each version has its part of it.
///
/// Widths are parts of a hundred, heights pixels: it fits every screen, and no text is distorted.
struct DeploymentPicture {
    let deployment: Deployment

    /// For those who do not see it.
    var words: String {
        let candidate = deployment.candidate
        let stable = "version \(deployment.stable.version)"
        var words: String
        switch candidate?.mode {
        case .canary?:
            words =
                "\(stable) decides \(Self.rest(candidate)) of the records, canary "
                + "\(candidate?.deployed.version ?? 0) decides \(candidate?.share.description ?? "")"
        case .shadow?:
            words =
                "\(stable) decides all records, shadow \(candidate?.deployed.version ?? 0) scores "
                + "\(candidate?.share.description ?? "") of them beside it and decides none"
        case nil: words = "\(stable) decides all records"
        }
        if let previous = deployment.previous { words += "; previous is \(previous.version)" }
        return words
    }

    /// The bar alone.
    ///
    /// - Parameter height: in pixels.
    func bar(height: Int) -> HTML {
        let parts = deployment.candidate.map { Double($0.share.tenThousandths) / 100 } ?? 0
        // A canary of a hundredth of a percent is to be seen, too.
        let width = deployment.candidate == nil ? 0 : max(parts, Self.leastPercent)
        var marks: HTML
        let lane = height * 2 / 3
        switch deployment.candidate?.mode {
        case .canary?:
            let split = Figures.fixed(100 - width, 2)
            marks = """
                <rect class="part-stable" width="\(split)%" height="\(height)"/>\
                <rect class="part-candidate" x="\(split)%" width="\(Figures.fixed(width, 2))%" \
                height="\(height)"/><line class="part-edge" x1="\(split)%" x2="\(split)%" y2="\(height)"/>
                """
        case .shadow?:
            marks = """
                <rect class="part-stable" width="100%" height="\(lane)"/>\
                <rect class="part-shadow" y="\(lane + 2)" width="\(Figures.fixed(width, 2))%" \
                height="\(height - lane - 2)"/>
                """
        case nil: marks = "<rect class=\"part-stable\" width=\"100%\" height=\"\(height)\"/>"
        }
        return """
            <svg class="bar" width="100%" height="\(height)" role="img" aria-label="\(words)">\(marks)</svg>
            """
    }

    /// The bar with what its parts are.
    ///
    /// - Parameter name: what stands above it, where two are compared.
    func figure(name: String = "") -> HTML {
        var items: HTML = """
            <li><span class="key key-stable" aria-hidden="true"></span><span>stable \
            <strong>\(deployment.stable.version)</strong> decides \(Self.rest(deployment.candidate)) of \
            the records</span></li>
            """
        if let candidate = deployment.candidate {
            let does: HTML =
                candidate.mode == .canary
                ? "decides \(candidate.share.description); both score those records"
                : "scores \(candidate.share.description) beside it and decides none"
            let kind: HTML = candidate.mode == .canary ? "candidate" : "shadow"
            items += """
                <li><span class="key key-\(kind)" aria-hidden="true"></span><span>\
                \(candidate.mode.rawValue) <strong>\(candidate.deployed.version)</strong> \
                \(does)</span></li>
                """
        }
        if let previous = deployment.previous {
            items += """
                <li><span class="key key-previous" aria-hidden="true"></span><span>previous \
                <strong>\(previous.version)</strong> stays loaded: the way back</span></li>
                """
        }
        let title: HTML = name.isEmpty ? "" : "<p class=\"picture-name\">\(name)</p>"
        return """
            <figure class="picture">\(title)\(bar(height: 36))<figcaption><ul class="legend">\(items)</ul>\
            </figcaption></figure>

            """
    }

    /// What the stable version decides.
    private static func rest(_ candidate: Candidate?) -> String {
        guard let candidate, candidate.mode == .canary else { return "100%" }
        let rest = Share.denominator - candidate.share.tenThousandths
        return (try? Share(tenThousandths: rest))?.description ?? "0%"
    }

    private static let leastPercent = 0.8
}
