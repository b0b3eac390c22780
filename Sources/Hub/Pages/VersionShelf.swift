import Catalogue
import Lifecycle
import Pages
import Platform
import Registry

/// The largest weights of versions that somebody looked at lately: finding their names takes a
/// while, and a version never changes.
final class VersionShelf: Sendable {
    private struct State {
        var kept: [Digest: LargestWeights] = [:]
        var order: [Digest] = []
    }

    private let state = Guarded(State())

    func weights(of digest: Digest, in registry: Registry) -> LargestWeights {
        if let kept = state.withLock({ $0.kept[digest] }) { return kept }
        do throws(SwerveError) {
            let scorer = try OfflineScorer.load(try registry.artifact(digest))
            let found = LargestWeights(of: scorer, atMost: VersionPage.weightsMax)
            state.withLock { state in
                guard state.kept.updateValue(found, forKey: digest) == nil else { return }
                state.order.append(digest)
                if state.order.count > Self.max { state.kept[state.order.removeFirst()] = nil }
            }
            return found
        } catch {
            // Another time it may load.
            return LargestWeights(without: "It does not load: \(error.reason)")
        }
    }

    private static let max = 128
}
