import Lifecycle
import Registry

/// What is different between two deployments of a model, in sentences.
struct ChangeWords {
    /// Whether it has happened; else it is what somebody is asked to confirm.
    let isPast: Bool

    static func sentence(_ entry: HistoryEntry) -> HTML {
        let sentences = ChangeWords(isPast: true).sentences(from: entry.before, to: entry.after)
        return sentences.map { "\($0)" as HTML }.joined(" ")
    }

    private var was: String { isPast ? "was" : "is" }
    private var became: String { isPast ? "became" : "becomes" }

    /// At least one.
    func sentences(from before: Deployment?, to after: Deployment) -> [String] {
        guard let before else {
            return ["Version \(after.stable.version) \(was) promoted: the first of the model."]
        }
        var said: [String] = []
        if let words = stable(before, after) { said.append(words) }
        if let words = candidate(before, after) { said.append(words) }
        said += settings(before, after)
        if said.isEmpty, before.previous != after.previous {
            said.append(
                "The previous version is \(after.previous.map { "\($0.version)" } ?? "none").")
        }
        return said.isEmpty ? ["The same deployment under a new epoch."] : said
    }

    private func stable(_ before: Deployment, _ after: Deployment) -> String? {
        let (old, new) = (before.stable, after.stable)
        guard old != new else { return nil }
        let back =
            after.previous.map { "; \($0.version) stays the way back" } ?? "; no way back is kept"
        if before.candidate?.deployed == new {
            return
                "\(title(before.candidate)) \(new.version) \(became) stable in place of \(old.version)\(back)."
        }
        if before.previous == new || after.previous == nil {
            return
                "\(isPast ? "Rolled" : "Rolls") back from version \(old.version) to \(new.version)\(back)."
        }
        return "Version \(new.version) \(became) stable in place of \(old.version)\(back)."
    }

    private func candidate(_ before: Deployment, _ after: Deployment) -> String? {
        let (old, new) = (before.candidate, after.candidate)
        guard old != new else { return nil }
        switch (old, new) {
        case (nil, let new?):
            return
                "\(title(new)) \(new.deployed.version) \(isPast ? "began" : "begins") at \(new.share)."
        case (let old?, nil):
            guard after.stable != old.deployed else { return nil }
            return "\(title(old)) \(old.deployed.version) at \(old.share) \(was) dropped."
        case (let old?, let new?):
            let number = new.deployed.version
            if old.deployed != new.deployed {
                return
                    "\(title(new)) \(number) at \(new.share) \(isPast ? "took" : "takes") the place of "
                    + "\(old.mode.rawValue) \(old.deployed.version)."
            }
            if old.mode != new.mode {
                return
                    "\(title(old)) \(number) \(isPast ? "went" : "goes") on as a \(new.mode.rawValue) at \(new.share)."
            }
            let word = new.share > old.share ? "widened" : "narrowed"
            return "\(title(new)) \(number) \(was) \(word) from \(old.share) to \(new.share)."
        case (nil, nil): return nil
        }
    }

    private func settings(_ before: Deployment, _ after: Deployment) -> [String] {
        var said: [String] = []
        for version in after.versions
        where before.settings[version.version] != after.settings[version.version] {
            let now = after.settings[version.version]
            said.append(
                now.isEmpty
                    ? "Version \(version.version) decides as its artifact says again."
                    : "Version \(version.version) has other settings.")
        }
        if before.settings.alerts != after.settings.alerts {
            let labels = after.settings.alerts.prefix(8).joined(separator: ", ")
            said.append(
                "Alerts are \(isPast ? "since then" : "then"): \(VisibleText.bounded(labels, 200))."
            )
        }
        return said
    }

    private func title(_ candidate: Candidate?) -> String {
        candidate?.mode == .shadow ? "Shadow" : "Canary"
    }
}
