package import Inputs

/// What is asked of a registry on the way to one schema.
package enum SchemaWish: Sendable, Hashable {
    case schema(SchemaIdentity)
    /// One that it refers to.
    case version(SchemaVersion)
}

/// The way to one schema: a value that is told what came, and the time.
struct SchemaSearch: Sendable {
    enum Stage: Sendable, Equatable {
        /// Not looked for in the state folder yet.
        case fresh
        case waiting(until: UInt64)
        /// The number of the call.
        case calling(Int)
        case building
    }

    var stage = Stage.fresh
    private(set) var wish: SchemaWish
    private(set) var references: SchemaReferences?
    /// Whether it counts among the schemas that were never seen before.
    var isNew: Bool
    /// When somebody wanted it last.
    var wantedAt: UInt64
    /// What keeps it, in words; nil for nothing.
    private(set) var trouble: String?
    private var round = RegistryRound()
    private var absences = 0

    init(_ identity: SchemaIdentity, isNew: Bool, at now: UInt64) {
        wish = .schema(identity)
        self.isNew = isNew
        wantedAt = now
    }

    /// One more answer that it is not there; false after the last one.
    mutating func wasNotThere(at now: UInt64) -> Bool {
        beginRound()
        guard absences < SchemaPauses.notThere.count else { return false }
        stage = .waiting(until: now &+ SchemaPauses.notThere[absences])
        absences += 1
        return true
    }

    /// The urls that were tried in this round.
    var tried: Set<Int> { round.tried }

    /// A fault that passes: the next url may be asked at once.
    mutating func failed(at url: Int, _ words: String, isCredentials: Bool, at now: UInt64) {
        trouble = words
        round.failed(at: url, isCredentials: isCredentials)
        stage = .waiting(until: now)
    }

    /// Every url was tried: a pause, and then all of them anew.
    mutating func endRound(at now: UInt64, earliest: UInt64, _ pauses: inout SchemaPauses) {
        stage = .waiting(until: round.end(at: now, earliest: earliest, &pauses))
    }

    /// What was wished for came.
    mutating func found(_ text: SchemaText, at now: UInt64) -> SchemaReferences.Next {
        switch wish {
        case .schema: references = SchemaReferences(root: text)
        case .version(let version): references?.add(version, text)
        }
        beginRound()
        absences = 0
        let next = references?.next() ?? .complete([])
        switch next {
        case .fetch(let version):
            wish = .version(version)
            stage = .waiting(until: now)
        case .complete: stage = .building
        case .bad: break
        }
        return next
    }

    private mutating func beginRound() {
        trouble = nil
        round = RegistryRound()
    }
}
