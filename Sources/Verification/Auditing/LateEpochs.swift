import Lifecycle

/// Epochs that the registry came to have while an audit went on: asked for where one is met that it
/// did not have before, once for each.
///
/// Of one thread.
final class LateEpochs {
    /// Reads what the registry knows now.
    typealias Source = () throws(SwerveError) -> EpochBook

    private let source: Source?
    private var asked: Set<Int64> = []
    private(set) var found: [EpochBook.Epoch] = []

    /// - Parameter source: nil where there is nobody to ask.
    init(_ source: Source?) { self.source = source }

    /// Nil for one that the registry does not have, and for those beyond `askedMax`: strangers may
    /// invent epochs.
    ///
    /// - Throws: where the registry cannot be read.
    func epoch(_ epoch: Int64) throws(SwerveError) -> EpochBook.Epoch? {
        if let known = found.first(where: { $0.deployment.epoch == epoch }) { return known }
        guard let source, asked.count < Self.askedMax, asked.insert(epoch).inserted,
            let known = try source()[epoch]
        else { return nil }
        found.append(known)
        return known
    }

    private static let askedMax = 100
}
