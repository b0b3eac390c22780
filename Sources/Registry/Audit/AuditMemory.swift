import Lifecycle
import Platform

/// What one connection has read of the audit chain, so that the next look reads only what came
/// since: one change of a deployment looks at the chain several times.
///
/// It holds as long as no other connection writes to the file (SQLite's `data_version`); this one
/// only adds entries.
final class AuditMemory: Sendable {
    /// How the hashes follow one from the other.
    struct Links {
        /// Up to this entry; nil where none was read.
        var last: Int64?
        /// That stands with it.
        var hash: Digest?
        /// Where an entry does not follow from the one before, in order; of many the first ones and
        /// the last.
        private var broken: [(sequence: Int64, words: String)] = []

        mutating func breaks(at sequence: Int64, _ words: String) {
            if broken.count == Self.brokenMax { broken.removeLast() }
            broken.append((sequence, words))
        }

        /// What is wrong between entry `oldest` and the last one; nil where nothing is.
        func fault(from oldest: Int64) -> String? {
            broken.first { $0.sequence >= oldest }?.words
        }

        private static let brokenMax = 64
    }

    /// The entries that hold a text.
    struct Holders {
        /// All up to this one were looked at; nil where none was.
        var last: Int64?
        var numbers: [Int64] = []
    }

    private struct State {
        var version: Int64?
        var links = Links()
        /// By the text.
        var holders: [String: Holders] = [:]

        /// Forgets all that another connection may have changed.
        mutating func bring(to version: Int64) {
            guard version != self.version else { return }
            self = State(version: version)
        }
    }

    private let state = Guarded(State())
    private static let textsMax = 64

    /// Nothing, where nothing was read.
    func known(of text: String, at version: Int64) -> (Links, Holders) {
        state.withLock { state in
            state.bring(to: version)
            return (state.links, state.holders[text] ?? Holders())
        }
    }

    func keep(_ links: Links, _ holders: Holders, of text: String, at version: Int64) {
        state.withLock { state in
            state.bring(to: version)
            state.links = links
            if state.holders.count >= Self.textsMax { state.holders = [:] }
            state.holders[text] = holders
        }
    }

    func forget() { state.withLock { $0 = State() } }
}

/// Which entry tells of something, without the entry.
struct AuditTold: Sendable, Equatable {
    let sequence: Int64
    let hash: Digest
    let act: AuditAct?
    let version: Int64?
    /// Of a change of a deployment.
    let epoch: Int64?

    init(_ row: CheckedRow) throws(SwerveError) {
        sequence = try row.integer("sequence", in: 1...Int64.max - 1)
        hash = try row.digest("hash")
        act = (try? row.text("act")).flatMap(AuditAct.init(rawValue:))
        version = (try? row.optionalInteger("version", in: 1...Int64.max)) ?? nil
        epoch = (try? row.optionalInteger("epoch", in: RegistryBounds.epochs)) ?? nil
    }

    /// Whether it is how the version came into the registry.
    func registers(_ version: Int) -> Bool {
        self.version == Int64(version) && (act == .register || act == .imported)
    }
}
