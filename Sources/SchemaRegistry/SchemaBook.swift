package import Inputs

/// Which schemas are known, which are not to be had, and what a registry is asked next: a value
/// that is told answers and the time, in nanoseconds of the monotonic clock.
///
/// At most four calls are under way at once, one of them for each schema. At most 20 schemas a
/// second are asked for that were never seen before, so that made-up ids do not flood a registry.
package struct SchemaBook<Schema: Sendable>: Sendable {
    /// A call to make.
    package struct Call: Sendable, Equatable {
        package let number: Int
        package let identity: SchemaIdentity
        package let wish: SchemaWish
        /// Which of the registry's urls.
        package let url: Int
    }

    package enum Action: Sendable {
        /// Look for it in the state folder, then tell `settle` or `missed`.
        case look(SchemaIdentity)
        /// Ask the registry, then tell `heard`.
        case call(Call)
    }

    /// What an answer leads to.
    package enum Outcome: Sendable {
        /// Nothing to do but what `next` says.
        case goesOn
        /// All texts are there: build the schema, then tell `settle`.
        case build(SchemaText, referenced: [SchemaText])
        case refused(SchemaRefusal, words: String)
    }

    private struct Entry {
        /// Nil where it is a bad one.
        let schema: Schema?
        let bytes: Int
        var usedAt: UInt64
    }

    private let bounds: SchemaBounds
    private var entries: [SchemaIdentity: Entry] = [:]
    private var entryBytes = 0
    private var refusals: [SchemaIdentity: (refusal: SchemaRefusal, until: UInt64)] = [:]
    private var searches: [SchemaIdentity: SchemaSearch] = [:]
    private var urls: RegistryURLs
    private var pauses: SchemaPauses
    /// Calls for schemas never seen before, the oldest first.
    private var newCalls: [UInt64] = []
    private var uses: UInt64 = 0
    private var lastCall = 0
    private var callCount = 0

    package init(urlCount: Int, seed: UInt64, bounds: SchemaBounds = SchemaBounds()) {
        urls = RegistryURLs(count: urlCount)
        pauses = SchemaPauses(seed: seed)
        self.bounds = bounds
    }

    package var knownCount: Int { entries.count }
    package var searchCount: Int { searches.count }

    // MARK: - Who wants schemas

    /// - Returns: also whether a search began, for which the registry's thread must wake.
    package mutating func find(
        _ identity: SchemaIdentity, at now: UInt64
    ) -> (answer: SchemaAnswer<Schema>, begins: Bool) {
        if case .id(let number) = identity, number < 1 {
            return (.refused(.unknown, until: nil), false)
        }
        if var entry = entries[identity] {
            uses += 1
            entry.usedAt = uses
            entries[identity] = entry
            return (entry.schema.map { .known($0) } ?? .refused(.bad, until: nil), false)
        }
        var isNew = true
        if let refused = refusals[identity] {
            guard refused.until <= now else {
                return (.refused(refused.refusal, until: refused.until), false)
            }
            refusals[identity] = nil
            isNew = false
        }
        guard searches[identity] == nil else {
            searches[identity]?.wantedAt = now
            return (.absent, false)
        }
        // Whoever wants it asks again: there is room once one of the others is over.
        guard searches.count < bounds.searches else { return (.absent, false) }
        searches[identity] = SchemaSearch(identity, isNew: isNew, at: now)
        return (.absent, true)
    }

    /// Why it is not there yet; nil where it is, or where nobody wants it.
    package func trouble(with identity: SchemaIdentity) -> String? {
        guard let search = searches[identity] else {
            let isFull = entries[identity] == nil && searches.count >= bounds.searches
            return isFull ? "too many schemas are being asked for: \(searches.count)" : nil
        }
        if let trouble = search.trouble { return trouble }
        switch search.stage {
        case .fresh, .building: return "it is being looked for"
        case .calling: return "the schema registry was asked and has not answered yet"
        case .waiting:
            return search.isNew
                ? "at most \(bounds.newCallsASecond) schemas never seen before are asked for in a "
                    + "second"
                : "it is asked for again"
        }
    }

    // MARK: - The registry's thread

    /// What to do now; nil for nothing until `due`, or until something is told.
    package mutating func next(at now: UInt64) -> Action? {
        if let fresh = searches.first(where: { $0.value.stage == .fresh }) {
            return .look(fresh.key)
        }
        guard callCount < bounds.calls else { return nil }
        for (identity, search) in inOrder(at: now) {
            guard !search.isNew || mayCallNew(at: now) else { continue }
            guard let url = urls.next(tried: search.tried, at: now) else {
                if search.tried.isEmpty {
                    searches[identity]?.stage = .waiting(until: max(now &+ 1, urls.earliest))
                } else {
                    searches[identity]?.endRound(at: now, earliest: urls.earliest, &pauses)
                }
                continue
            }
            if search.isNew { newCalls.append(now) }
            lastCall += 1
            callCount += 1
            searches[identity]?.stage = .calling(lastCall)
            searches[identity]?.isNew = false
            return .call(
                Call(number: lastCall, identity: identity, wish: search.wish, url: url))
        }
        return nil
    }

    /// The moment from which `next` has something; nil where only an event brings it.
    package func due(at now: UInt64) -> UInt64? {
        var due: UInt64?
        for search in searches.values {
            switch search.stage {
            case .fresh: return now
            case .waiting(let until) where callCount < bounds.calls:
                let from = search.isNew ? max(until, newCallDue(at: now)) : until
                due = min(due ?? .max, from)
            case .waiting, .calling, .building: break
            }
        }
        return due
    }

    /// The state folder does not have it.
    package mutating func missed(_ identity: SchemaIdentity, at now: UInt64) {
        searches[identity]?.stage = .waiting(until: now)
    }

    /// What came of a call.
    package mutating func heard(
        _ call: Call, _ reply: RegistryReply, at now: UInt64
    ) -> Outcome {
        callCount -= 1
        let identity = call.identity
        guard var search = searches[identity], search.stage == .calling(call.number) else {
            return .goesOn
        }
        defer { if searches[identity] != nil { searches[identity] = search } }
        switch reply {
        case .schema(let text):
            urls.answered(call.url)
            switch search.found(text, at: now) {
            case .fetch: return .goesOn
            case .complete(let referenced):
                return .build(search.references?.root ?? text, referenced: referenced)
            case .bad(let words):
                keep(identity, nil, bytes: 0)
                return .refused(.bad, words: words)
            }
        case .bad(let words):
            urls.answered(call.url)
            keep(identity, nil, bytes: 0)
            return .refused(.bad, words: words)
        case .tooLarge:
            urls.answered(call.url)
            refuse(identity, .bad, until: now &+ SchemaPauses.remembered)
            return .refused(.bad, words: "the answer is larger than a schema may be")
        case .notThere(let words):
            urls.answered(call.url)
            guard !search.wasNotThere(at: now) else { return .goesOn }
            refuse(identity, .unknown, until: now &+ SchemaPauses.remembered)
            return .refused(.unknown, words: words)
        case .credentials(let words):
            urls.failed(at: call.url, isCredentials: true, at: now)
            search.failed(at: call.url, words, isCredentials: true, at: now)
        case .fault(let words, let retryAfterMs):
            urls.failed(at: call.url, isCredentials: false, at: now)
            if let retryAfterMs {
                urls.rest(call.url, until: now &+ UInt64(max(0, retryAfterMs)) &* 1_000_000)
            }
            search.failed(at: call.url, words, isCredentials: false, at: now)
        case .identity, .rejected:
            search.failed(
                at: call.url, "its answer fits no question for a schema", isCredentials: false,
                at: now)
        }
        return .goesOn
    }

    /// A schema was built; nil where its texts are no schema, for good.
    package mutating func settle(_ identity: SchemaIdentity, _ schema: Schema?, bytes: Int) {
        guard searches[identity] != nil else { return }
        keep(identity, schema, bytes: bytes)
    }

    /// Ends the searches that nobody has wanted for a minute.
    ///
    /// - Returns: whether there were any: who still wants one must ask again.
    package mutating func forget(at now: UInt64) -> Bool {
        // The poll thread's clock may be ahead of what was read before.
        let old = searches.filter { $0.value.wantedAt &+ SchemaPauses.remembered <= now }
        for identity in old.keys { searches[identity] = nil }
        return !old.isEmpty
    }

    // MARK: - Details

    /// Those that may call now, the one that was wanted first before the others.
    private func inOrder(at now: UInt64) -> [(SchemaIdentity, SchemaSearch)] {
        var ready: [(identity: SchemaIdentity, search: SchemaSearch, since: UInt64)] = []
        for (identity, search) in searches {
            guard case .waiting(let until) = search.stage, until <= now else { continue }
            ready.append((identity, search, until))
        }
        ready.sort { $0.since < $1.since }
        return ready.map { ($0.identity, $0.search) }
    }

    private mutating func mayCallNew(at now: UInt64) -> Bool {
        newCalls.removeAll { now &- $0 >= Self.secondNs }
        return newCalls.count < bounds.newCallsASecond
    }

    private func newCallDue(at now: UInt64) -> UInt64 {
        guard newCalls.count >= bounds.newCallsASecond, let first = newCalls.first else {
            return now
        }
        return first &+ Self.secondNs
    }

    private mutating func refuse(
        _ identity: SchemaIdentity, _ refusal: SchemaRefusal, until: UInt64
    ) {
        searches[identity] = nil
        if refusals.count >= bounds.refusals,
            let oldest = refusals.min(by: { $0.value.until < $1.value.until })
        {
            refusals[oldest.key] = nil
        }
        refusals[identity] = (refusal, until)
    }

    private mutating func keep(_ identity: SchemaIdentity, _ schema: Schema?, bytes: Int) {
        searches[identity] = nil
        while !entries.isEmpty,
            entries.count >= bounds.entries || entryBytes + bytes > bounds.entryBytes,
            let oldest = entries.min(by: { $0.value.usedAt < $1.value.usedAt })
        {
            entryBytes -= oldest.value.bytes
            entries[oldest.key] = nil
        }
        uses += 1
        entries[identity] = Entry(schema: schema, bytes: bytes, usedAt: uses)
        entryBytes += bytes
    }

    private static var secondNs: UInt64 { 1_000_000_000 }
}

/// How much of schemas is kept and asked for.
package struct SchemaBounds: Sendable {
    package var calls = 4
    /// Schemas that are being asked for.
    package var searches = 1_024
    /// Schemas that a registry does not have.
    package var refusals = 1_024
    package var entries = 10_000
    /// About what they take of memory.
    package var entryBytes = 256 << 20
    package var newCallsASecond = 20

    package init() {}
}
