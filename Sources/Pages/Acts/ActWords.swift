import Judge
import Lifecycle

/// What acts are called on pages.
struct ActWords {
    let act: PageAct
    let deployment: Deployment?

    /// The heading of its confirmation, without the model: `Widen the canary of version 8 to 10%`.
    var title: String {
        switch act {
        case .promote(let version):
            return deployment?.previous?.version == version || deployment == nil
                ? "Promote version \(version)" : "Promote version \(version) for all records"
        case .canary(let version, let share):
            guard let now = deployment?.candidate, now.mode == .canary,
                now.deployed.version == version
            else { return "Start a canary of version \(version) at \(share)" }
            let word = share > now.share ? "Widen" : "Narrow"
            return "\(word) the canary of version \(version) to \(share)"
        case .shadow(let version, let share):
            return "Run version \(version) as a shadow at \(share)"
        case .complete: return "Make the candidate stable"
        case .abort: return "Drop the candidate"
        case .rollback: return "Roll back"
        case .rollbackTo(let version): return "Roll back to version \(version)"
        case .rollout(let word): return "\(Self.title(word)) the rollout"
        }
    }

    /// What is on its button.
    var button: String { title }

    static func title(_ word: RolloutWord) -> String {
        switch word {
        case .pause: "Pause"
        case .resume: "Resume"
        case .approve: "Approve the next step of"
        case .skip: "Skip the step of"
        case .promote: "Promote now and end"
        case .abort: "Abort"
        }
    }

    /// Whether it takes something away from the traffic that is decided now.
    var isGrave: Bool {
        switch act {
        case .abort, .rollback, .rollbackTo, .rollout(.abort): true
        default: false
        }
    }
}

/// A link to the confirmation of an act, which looks like a button.
struct ActLink {
    let act: PageAct
    let model: ModelName
    let words: String
    var isGrave = false

    var markup: HTML {
        let kind: HTML = isGrave ? "button grave" : "button"
        return "<a class=\"\(kind)\" href=\"\(PageAddress.act(act, on: model))\">\(words)</a>\n"
    }
}

/// How a version begins: its number and share are asked for, and the next page confirms.
struct TrialForms {
    let model: ModelName
    let deployment: Deployment?
    /// Those that may begin, newest first.
    let versions: [Int]
    var chosen: Int?

    var markup: HTML {
        let forms: [HTML] = [
            deployment.markup { _ in
                form("canary", "Canary", share: "5%", "decides a share of the records")
            },
            deployment.markup { _ in
                form(
                    "shadow", "Shadow", share: "25%",
                    "scores a share beside the stable one, decides none")
            },
            form("promote", "Promote", share: nil, "decides all records"),
        ]
        return "<div class=\"begin\">\n\(forms)</div>\n"
    }

    private func form(_ name: String, _ title: String, share: String?, _ does: String) -> HTML {
        let id = "begin-\(name)"
        let options = versions.prefix(ModelPage.versionsMax).map { version -> HTML in
            let mark: HTML = version == (chosen ?? first) ? " selected" : ""
            return "<option value=\"\(version)\"\(mark)>\(version)</option>"
        }
        let version: HTML =
            chosen == nil
            ? """
            <label for="\(id)-version">Version</label>\
            <select id="\(id)-version" name="version">\(Array(options))</select>
            """ : "<input type=\"hidden\" name=\"version\" value=\"\(chosen ?? 0)\">"
        let part = share.markup { share in
            """
            <label for="\(id)-share">Share</label>\
            <input id="\(id)-share" name="share" value="\(share)" size="6" inputmode="decimal" \
            pattern="[0-9]{1,3}([.][0-9]{1,2})? ?%?" required autocomplete="off" \
            title="A part of a hundred, as 5% or 0.25%">
            """
        }
        return """
            <form method="get" action="/models/\(model.description)/acts/\(name)">
            <h3>\(title)</h3><p class="quiet">\(does)</p>
            <div class="fields">\(version)\(part)<button type="submit">Look at it first</button></div></form>

            """
    }

    /// The newest that may take the stable one's place.
    private var first: Int? {
        versions.first { $0 != deployment?.stable.version } ?? versions.first
    }
}
