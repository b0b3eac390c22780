import Lifecycle

/// Where the predictions of labelled ids stand, and which of the output is read for those that are
/// not found yet: a value.
///
/// An id that nobody asked about before has its prediction anywhere in the last day, so the output
/// is read as far back as that. One that was not found there can only come later: from then on
/// what has come since is read, and after a day the id is given up.
struct LabelSearch: Sendable {
    enum Scope: Equatable {
        /// As far back as predictions are looked for.
        case whole
        /// What has come since the last time.
        case onward
    }

    enum Standing: Equatable {
        case found
        case sought
        case givenUp
        /// Several records have the id: it says nothing of any.
        case ambiguous
    }

    private(set) var places: [String: StreamPlace] = [:]
    /// How far each partition of the output was read.
    private(set) var ends: [Int32: Int64] = [:]
    private var ambiguous: Set<String> = []
    /// When ids that are not found were looked for first.
    private var soughtAtMs: [String: Int64] = [:]
    private var restsUntilMs = Int64.min
    private let capacity: Int

    /// - Parameter capacity: beyond so many ids, those of which no label is there any more are
    ///   forgotten.
    init(capacity: Int = LabelBook.capacityMax) { self.capacity = capacity }

    func standing(of id: String, nowMs: Int64) -> Standing {
        if places[id] != nil { return .found }
        if ambiguous.contains(id) { return .ambiguous }
        guard let since = soughtAtMs[id] else { return .sought }
        return nowMs - since > Self.backMs ? .givenUp : .sought
    }

    /// What is to be read now; nil for nothing.
    ///
    /// - Parameter ids: all that are labelled.
    mutating func scope(for ids: [String], nowMs: Int64) -> Scope? {
        if places.count + ambiguous.count + soughtAtMs.count > capacity { forget(all: ids) }
        guard nowMs >= restsUntilMs else { return nil }
        let open = ids.filter { standing(of: $0, nowMs: nowMs) == .sought }
        guard !open.isEmpty else { return nil }
        let isNew = open.contains { soughtAtMs[$0] == nil }
        return isNew || ends.isEmpty ? .whole : .onward
    }

    private mutating func forget(all ids: [String]) {
        let kept = Set(ids)
        places = places.filter { kept.contains($0.key) }
        ambiguous = ambiguous.intersection(kept)
        soughtAtMs = soughtAtMs.filter { kept.contains($0.key) }
    }

    /// A reading begins; one that fails is not tried again at once.
    mutating func begin(nowMs: Int64) { restsUntilMs = nowMs + Self.pauseMs }

    /// The first place of an id stays: what was said of it was handed over.
    ///
    /// - Parameter place: nil where several records have the id.
    mutating func meet(_ id: String, at place: StreamPlace?) {
        guard places[id] == nil, !ambiguous.contains(id) else { return }
        soughtAtMs[id] = nil
        if let place { places[id] = place } else { ambiguous.insert(id) }
    }

    /// A reading is over.
    ///
    /// - Parameters:
    ///   - ids: that were looked for.
    ///   - nowMs: when it began.
    ///   - tookMs: how long it took. The pause counts from its end, and is as long at least, so
    ///     that at most half of the time is spent with it.
    mutating func end(
        _ ids: [String], readTo ends: [Int32: Int64], nowMs: Int64, tookMs: Int64
    ) {
        self.ends = ends
        for id in ids where standing(of: id, nowMs: nowMs) == .sought {
            if soughtAtMs[id] == nil { soughtAtMs[id] = nowMs }
        }
        restsUntilMs = nowMs + tookMs + max(Self.pauseMs, tookMs)
    }

    static let pauseMs: Int64 = 60_000
    /// Predictions are looked for as far back as this, and no longer than this.
    static let backMs: Int64 = 86_400_000
}
