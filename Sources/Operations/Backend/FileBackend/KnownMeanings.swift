import Catalogue
import Lifecycle
import Platform

/// What the scores of versions mean, of those that were asked for lately: a version has to be
/// loaded and tried to tell, and what its digest stands for never changes.
///
/// Any thread.
package final class KnownMeanings: Sendable {
    private struct State {
        var kept: [Digest: ScoreMeaning] = [:]
        var order: [Digest] = []
    }

    private let state = Guarded(State())

    package init() {}

    /// What is known of `digest`, or else what `find` finds.
    func meaning(
        of digest: Digest, _ find: () throws(SwerveError) -> ScoreMeaning
    ) throws(SwerveError) -> ScoreMeaning {
        if let known = state.withLock({ $0.kept[digest] }) { return known }
        let found = try find()
        // A model may have very many labels, which the words name.
        guard found.words.utf8.count <= Self.wordsBytes else { return found }
        state.withLock { state in
            guard state.kept.updateValue(found, forKey: digest) == nil else { return }
            state.order.append(digest)
            if state.order.count > Self.max { state.kept[state.order.removeFirst()] = nil }
        }
        return found
    }

    private static let max = 1_024
    private static let wordsBytes = 4 << 10
}
