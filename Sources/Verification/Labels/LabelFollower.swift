import Inputs
package import Judge
import Kafka
package import Lifecycle
import Platform

/// Follows labels while a rollout runs: reads what there is of them again and again, and asks both
/// versions about the records that were drawn at random.
///
/// What it says grows only at its end for one pair of versions, so that whoever has counted the
/// beginning goes on behind it. A label that contradicts one that was handed over changes nothing,
/// and is told. Blocking, one thread.
package final class LabelFollower {
    package enum Source: Sendable, Equatable {
        case file(String)
        case topic(String)
    }

    /// What the labels say of a pair of versions.
    package struct Reading: Sendable {
        /// In the order in which they were met.
        package fileprivate(set) var records: [LabelledRecord] = []
        /// What is left out, in words; empty where nothing is.
        package fileprivate(set) var notes: [String] = []
    }

    private let access: StreamAccess
    private let terms: AuditTerms
    private let source: Source
    private let isStopped: () -> Bool
    /// The pair that `known` is of.
    private var pair: String?
    private var known = FollowedLabels()
    /// What is to be told of that pair.
    private var pairNotes: [String] = []
    private var search = LabelSearch()
    /// Of a topic, which is read on from where it ended; a file is read anew.
    private var joiner: LabelJoiner?

    /// - Parameter isStopped: asked again and again while it reads; once it says so, the reading
    ///   ends with an error.
    package init(
        _ access: StreamAccess, _ terms: AuditTerms, _ source: Source,
        isStopped: @escaping () -> Bool = { false }
    ) {
        self.access = access
        self.terms = terms
        self.source = source
        self.isStopped = isStopped
    }

    /// Reads all labels as they are now.
    ///
    /// - Parameter nowMs: the wall clock.
    /// - Throws: where labels, predictions or the input cannot be read, and where nobody can say
    ///   now what a version says of a record; what was said before holds.
    package func read(_ deployment: Deployment, nowMs: Int64) throws(SwerveError) -> Reading {
        guard let candidate = deployment.candidate?.deployed else { return Reading() }
        let trial = "\(VersionComparison.id(of: deployment) ?? "") \(deployment.stable.version)"
        if pair != trial {
            pair = trial
            known = FollowedLabels()
            pairNotes = []
            self.joiner = nil
        }
        let joiner =
            self.joiner ?? LabelJoiner(access, terms, follows: true, isStopped: isStopped)
        switch source {
        case .file(let path): try joiner.readFile(path)
        case .topic(let name):
            self.joiner = joiner
            try joiner.readOn(name)
        }
        let drawn = joiner.finish().book.entries.filter { $0.basis == LabelRecord.random }
        try find(drawn, joiner, nowMs: nowMs)
        let fresh = known.fresh(drawn) { place(of: $0) }
        if !fresh.order.isEmpty {
            let scorer = try PairScorer(access, input: terms.topics.input, deployment, candidate)
            pairNotes = scorer.notes
            let meaning = scorer.meaning
            let telling = fresh.order.filter { place in
                fresh.labels[place].flatMap { meaning.isAttack($0) } != nil
            }
            let verdicts = try self.verdicts(telling, scorer)
            known.take(fresh, meaning, verdicts)
        }
        var reading = Reading()
        reading.records = known.records
        reading.notes = notes(joiner.finish(), drawn, fresh, nowMs: nowMs)
        return reading
    }

    /// Looks for the predictions of ids.
    private func find(
        _ drawn: [LabelBook.Entry], _ joiner: LabelJoiner, nowMs: Int64
    ) throws(SwerveError) {
        let ids = drawn.compactMap { entry -> String? in
            guard case .id(let id) = entry.subject, !entry.isContradicted else { return nil }
            return id
        }
        guard let scope = search.scope(for: ids, nowMs: nowMs) else { return }
        search.begin(nowMs: nowMs)
        let began = MonotonicClock.now
        let ends = try joiner.joinOn(
            from: .time(ms: nowMs - LabelSearch.backMs),
            after: scope == .onward ? search.ends : [:])
        let tookMs = Int64(clamping: (MonotonicClock.now &- began) / 1_000_000)
        for entry in joiner.finish().book.entries {
            guard case .id(let id) = entry.subject, let match = entry.match else { continue }
            search.meet(id, at: entry.isAmbiguous ? nil : match.source)
        }
        search.end(ids, readTo: ends, nowMs: nowMs, tookMs: tookMs)
    }

    private func place(of entry: LabelBook.Entry) -> StreamPlace? {
        switch entry.subject {
        case .place(let place): place
        case .id(let id): search.places[id]
        }
    }

    private func verdicts(
        _ places: [StreamPlace], _ scorer: PairScorer
    ) throws(SwerveError) -> [StreamPlace: FeedbackTally.Verdicts] {
        guard !places.isEmpty else { return [:] }
        let consumer = try access.consumer()
        defer { consumer.close() }
        let counts = try consumer.partitionCounts(
            of: [terms.topics.input], timeoutMs: access.timeoutMs)
        let partitions = Int32(clamping: counts[terms.topics.input] ?? 0)
        var found: [StreamPlace: FeedbackTally.Verdicts] = [:]
        let byPartition = Dictionary(grouping: places, by: \.partition)
        // Places are anybody's word: a partition that is not there has no records.
        for (partition, places) in byPartition.sorted(by: { $0.key < $1.key })
        where partition < partitions {
            try scorer.ask(
                partition: partition, places.map(\.offset).sorted(), consumer
            ) { offset, verdicts throws(SwerveError) in
                try LabelJoiner.goOn(isStopped)
                found[StreamPlace(partition: partition, offset: offset)] = verdicts
            }
        }
        return found
    }

    private func notes(
        _ report: LabelReport, _ drawn: [LabelBook.Entry], _ fresh: FollowedLabels.Fresh,
        nowMs: Int64
    ) -> [String] {
        var notes = pairNotes
        func note(_ count: Int, _ words: String) {
            if count > 0 { notes.append("\(count) \(words)") }
        }
        var (sought, givenUp, ambiguous) = (0, 0, 0)
        for entry in drawn {
            guard case .id(let id) = entry.subject, !entry.isContradicted else { continue }
            switch search.standing(of: id, nowMs: nowMs) {
            case .found: break
            case .sought: sought += 1
            case .givenUp: givenUp += 1
            case .ambiguous: ambiguous += 1
            }
        }
        note(
            report.unreadable,
            "are no labels" + (report.firstUnreadable.map { " (\($0))" } ?? ""))
        note(
            report.book.entries.count - drawn.count + report.undrawn,
            "were not drawn at random")
        note(fresh.contradicted, "records have labels that contradict one another")
        note(sought, "ids have no prediction of the last day")
        note(givenUp, "ids had no prediction for a day, and are looked for no more")
        note(ambiguous, "ids are of several records")
        note(
            known.strange,
            "records have a label that neither version knows"
                + (known.firstStrange.map { " (the first is '\($0)')" } ?? ""))
        note(known.gone, "records are gone from the input")
        note(known.unscored, "records have no score of one of the two")
        note(
            report.beyond + fresh.beyond,
            "labels find no room beside the \(LabelBook.capacityMax) that are kept")
        return notes
    }
}

extension LabelFollower.Source {
    /// Looks at a start whether a file is there, since one that is missing is mistyped; a topic may
    /// come later.
    ///
    /// - Throws: `.usage`.
    package func requireThere() throws(SwerveError) {
        guard case .file(let path) = self else { return }
        do throws(SwerveError) {
            _ = try FileLineReader(path: path)
        } catch {
            throw SwerveError(
                .usage, act: error.act, reason: error.reason,
                remedy: "name a file of labels that is there; it may be empty")
        }
    }
}
