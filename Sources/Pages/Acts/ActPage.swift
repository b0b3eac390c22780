import Judge
import Lifecycle
import Operations

/// The confirmation of an act: what is now, what will be, why; nothing happens before it is sent.
package struct ActPage: Page {
    private let view: ActView

    package init(_ view: ActView) { self.view = view }

    package var title: String { "\(words.title) · \(view.model)" }
    package var place: PagePlace? { nil }

    private var words: ActWords { ActWords(act: view.act, deployment: view.deployment) }

    package func content(in context: PageContext) -> HTML {
        let preview = ActPreview(view)
        return """
            <nav class="crumbs" aria-label="Where you are"><a href="\(PageAddress.overview())">Overview</a> / \
            <a href="\(PageAddress.model(view.model))">\(name: "\(view.model)")</a></nav>
            <div class="page-head"><h1>\(words.title)</h1></div>
            \(fault)\(change(preview))\(confirmation(preview, context))
            """
    }

    private var fault: HTML {
        view.fault.markup { error in
            let remedy: HTML = error.remedy.isEmpty ? "" : "; \(name: error.remedy, limit: 500)"
            return """
                <div class="notice notice-failed" role="alert">\(StateMark(.bad, "Not done").markup)\
                <span>\(name: error.act, limit: 300): \(name: error.reason, limit: 1_000)\(remedy). \
                Below is what it would change now.</span></div>

                """
        }
    }

    private func change(_ preview: ActPreview) -> HTML {
        let section = Section(id: "change", title: "What will change")
        switch preview {
        case .refused(let error):
            let remedy: HTML = error.remedy.isEmpty ? "" : " \(name: error.remedy, limit: 500)"
            return section.markup(
                """
                <p>\(StateMark(.bad, "Cannot be done").markup) \(name: error.reason, limit: 1_000).\(remedy)</p>
                \(view.deployment.markup { DeploymentPicture(deployment: $0).figure(name: "Now") })
                """)
        case .changes(let after, let sentences):
            let now: HTML =
                view.deployment.map {
                    DeploymentPicture(deployment: $0).figure(name: "Now, epoch \($0.epoch)")
                } ?? "<p class=\"picture-name\">Now</p><p>No version decides any record.</p>\n"
            let then = after.markup {
                DeploymentPicture(deployment: $0).figure(name: "After, epoch \($0.epoch)")
            }
            let items = sentences.map { "<li>\($0)</li>" as HTML }
            return section.markup(
                """
                <ul class="sentences">\(items)</ul>
                <div class="before-after">\(now)\(then)</div>
                \(after == nil ? HTML() : reach)
                """)
        }
    }

    private var reach: HTML {
        let slots = view.liveSlots.map { Figures.counted($0, "slot") } ?? "Every slot"
        return """
            <p class="quiet">\(slots) will take it up between two polls: no record is lost or scored \
            twice by the change.</p>

            """
    }

    private func confirmation(_ preview: ActPreview, _ context: PageContext) -> HTML {
        let section = Section(id: "confirm", title: "Confirm")
        let back: HTML =
            "<a class=\"button plain\" href=\"\(PageAddress.model(view.model))\">Cancel</a>"
        guard case .changes = preview else { return "<p class=\"acts\">\(back)</p>\n" }
        guard view.mayChange else {
            return section.markup(
                """
                <p>\(StateMark(.idle, "Not yours").markup) You may look at this. To do it takes the role \
                \(HubRole.promoter.rawValue) of \(name: "\(view.model)"), which you have not: an admin \
                gives it with another token, or the issuer in what it says of you.</p><p class="acts">\(back)</p>

                """)
        }
        guard context.readsOnly == nil else {
            return section.markup(
                """
                <p>\(StateMark(.idle, "Not here").markup) This hub changes nothing now; above is why, and \
                where to do it.</p><p class="acts">\(back)</p>

                """)
        }
        guard !view.needsSignature else {
            return section.markup(signing + "<p class=\"acts\">\(back)</p>\n")
        }
        return section.markup(form(context, back))
    }

    private func form(_ context: PageContext, _ back: HTML) -> HTML {
        var hidden: [(String, String)] = [
            (ActField.token, context.antiForgery), (ActField.key, view.idempotencyKey),
            (ActField.epoch, "\(view.deployment?.epoch ?? 0)"),
        ]
        if view.act.word != nil, let rollout = view.rollout {
            hidden.append((ActField.rollout, "\(rollout.id)"))
        }
        hidden += view.act.fields.map { ($0.name, $0.value) }
        let fields = hidden.map { name, value -> HTML in
            "<input type=\"hidden\" name=\"\(name)\" value=\"\(value)\">\n"
        }
        let cautions = view.cautions.prefix(8).map { words -> HTML in
            "<li>\(StateMark(.doubtful, "Note").markup) <span>\(name: words, limit: 500)</span></li>\n"
        }
        let notes: HTML =
            cautions.isEmpty ? "" : "<ul class=\"cautions\">\n\(Array(cautions))</ul>\n"
        let force: HTML =
            view.needsForce
            ? """
            <p class="field check"><input id="force" name="\(ActField.force)" type="checkbox" value="yes" \
            required><label for="force">Do it all the same</label></p>

            """ : ""
        let button: HTML = words.isGrave ? "button grave" : "button primary"
        return """
            <form class="confirm" method="post" action="\(PageAddress.actForm(view.act, on: view.model))">
            \(fields)\(notes)<p class="field"><label for="reason">Reason</label>
            <textarea id="reason" name="\(ActField.reason)" rows="3" maxlength="\(Self.reasonCharacters)" \
            required aria-describedby="reason-hint">
            \(value: view.reason, limit: Limits.remarkBytes)</textarea>
            <span id="reason-hint" class="quiet">For the history and the audit chain, by your name. It is \
            done only if the epoch is still \(view.deployment?.epoch ?? 0).</span></p>
            \(force)<p class="acts"><button class="\(button)" type="submit">\(words.button)</button>\(back)</p></form>

            """
    }

    private var signing: HTML {
        let expect = "--expect-epoch \(view.deployment?.epoch ?? 0) --reason TEXT"
        let command: String? =
            switch view.act {
            case .promote(let version): "swerve promote \(view.model)@\(version) \(expect)"
            case .canary(let version, let share):
                "swerve promote \(view.model)@\(version) --canary \(share) \(expect)"
            case .shadow(let version, let share):
                "swerve promote \(view.model)@\(version) --shadow \(share) \(expect)"
            case .complete:
                "swerve promote \(view.model)@\(view.deployment?.candidate?.deployed.version ?? 0) \(expect)"
            case .rollbackTo(let version):
                "swerve rollback \(view.model) --to \(version) --reason TEXT"
            case .abort, .rollback: "swerve rollback \(view.model) --reason TEXT"
            case .rollout(let word): "swerve rollout \(word.rawValue) \(view.model)"
            }
        return """
            <p>\(StateMark(.idle, "Signed changes only").markup) Workers of this model believe only what a \
            person's key has signed, and that key is not here. Where you have it, type:</p>
            <pre class="command"><code>\(command ?? "")</code></pre>

            """
    }

    /// Of the field; the registry counts bytes, and says so where they are too many.
    private static let reasonCharacters = Limits.remarkBytes
}
