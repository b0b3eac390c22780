package import Judge
package import Lifecycle

/// What somebody can do to a model from a page, as its address and its form name it.
package enum PageAct: Sendable, Equatable {
    case promote(Int)
    /// The same candidate at another share is widened or narrowed.
    case canary(Int, Share)
    case shadow(Int, Share)
    case complete, abort, rollback
    case rollbackTo(Int)
    case rollout(RolloutWord)

    /// The last part of its address.
    package var name: String {
        switch self {
        case .promote: "promote"
        case .canary: "canary"
        case .shadow: "shadow"
        case .complete: "complete"
        case .abort: "abort"
        case .rollback, .rollbackTo: "rollback"
        case .rollout(let word): "rollout-\(word.rawValue)"
        }
    }

    /// The fields that belong to it, in addresses and forms.
    package var fields: [(name: String, value: String)] {
        switch self {
        case .promote(let version), .rollbackTo(let version): [("version", "\(version)")]
        case .canary(let version, let share), .shadow(let version, let share):
            [("version", "\(version)"), ("share", share.description)]
        case .complete, .abort, .rollback, .rollout: []
        }
    }

    /// What the backend is asked for; nil for a rollout's word, which `word` has.
    package var change: DeploymentChange<Int>? {
        switch self {
        case .promote(let version): .promote(version)
        case .canary(let version, let share): .canary(version, share)
        case .shadow(let version, let share): .shadow(version, share)
        case .complete: .complete
        case .abort: .abort
        case .rollback: .rollback
        case .rollbackTo(let version): .rollbackTo(version)
        case .rollout: nil
        }
    }

    package var word: RolloutWord? {
        if case .rollout(let word) = self { word } else { nil }
    }

    /// The version that it names; nil where it names none.
    package var version: Int? {
        switch self {
        case .promote(let version), .canary(let version, _), .shadow(let version, _),
            .rollbackTo(let version):
            version
        case .complete, .abort, .rollback, .rollout: nil
        }
    }

    /// Reads what an address or a form says.
    ///
    /// - Parameters:
    ///   - name: the last part of the path.
    ///   - version: the field of that name; nil where it is not there.
    ///   - share: likewise; people may leave its percent sign away.
    /// - Throws: `.notFound` for an act that there is not, `.usage` for fields that make no sense.
    package init(name: String, version: String?, share: String?) throws(SwerveError) {
        let act = "reading the act '\(name.shortened(to: 40))'"
        func number() throws(SwerveError) -> Int {
            guard let version, version.utf8.count <= 9, let number = Int(version), number > 0 else {
                throw SwerveError(
                    .usage, act: act, reason: "no version is chosen", remedy: "choose a version")
            }
            return number
        }
        func part() throws(SwerveError) -> Share {
            let text = (share ?? "").filter { !$0.isWhitespace }
            return try Share(text.hasSuffix("%") ? text : "\(text.shortened(to: 20))%")
        }
        switch name {
        case "promote": self = .promote(try number())
        case "canary": self = .canary(try number(), try part())
        case "shadow": self = .shadow(try number(), try part())
        case "complete": self = .complete
        case "abort": self = .abort
        case "rollback": self = version == nil ? .rollback : .rollbackTo(try number())
        default:
            guard name.hasPrefix("rollout-"),
                let word = RolloutWord(rawValue: String(name.dropFirst("rollout-".count)))
            else { throw SwerveError(.notFound, act: act, reason: "there is no such act") }
            self = .rollout(word)
        }
    }
}

/// The fields that every act's form sends beside the act's own.
package enum ActField {
    /// As `PageContext.antiForgery`.
    package static let token = "token"
    /// The epoch that was decided upon: `ChangeTerms.expectedEpoch`.
    package static let epoch = "epoch"
    /// Of a rollout's word: the id of the rollout that was decided upon.
    package static let rollout = "rollout"
    /// So that a form sent twice acts once.
    package static let key = "key"
    package static let reason = "reason"
    /// There where somebody ticked that it is to be done in spite of a difference.
    package static let force = "force"
}
