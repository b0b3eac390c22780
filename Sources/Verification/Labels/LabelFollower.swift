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

    private struct Known {
        var reading = Reading()
        /// The label of each record that was asked about; those without two verdicts too.
        var labels: [StreamPlace: String] = [:]
        /// Records without two verdicts, and records that are gone from the input.
        var unscored = 0
        var gone = 0
    }

    private let access: StreamAccess
    private let terms: AuditTerms
    private let source: Source
    /// The pair that `known` is of.
    private var pair: String?
    private var known = Known()
    /// Where the records of ids stand.
    private var places: [String: StreamPlace] = [:]
    private var joinsAgainAtMs = Int64.min

    package init(_ access: StreamAccess, _ terms: AuditTerms, _ source: Source) {
        self.access = access
        self.terms = terms
        self.source = source
    }

    /// Reads all labels as they are now.
    ///
    /// - Parameter nowMs: the wall clock.
    /// - Throws: where labels, predictions or the input cannot be read; what was said before holds.
    package func read(_ deployment: Deployment, nowMs: Int64) throws(SwerveError) -> Reading {
        guard let candidate = deployment.candidate?.deployed.version else { return Reading() }
        let trial = "\(VersionComparison.id(of: deployment) ?? "") \(deployment.stable.version)"
        if pair != trial {
            pair = trial
            known = Known()
        }
        let joiner = LabelJoiner(access, terms)
        switch source {
        case .file(let path): try joiner.readFile(path)
        case .topic(let name): try joiner.readTopic(name)
        }
        var report = joiner.finish()
        let drawn = report.book.entries.filter { $0.basis == LabelRecord.random }
        if drawn.contains(where: { place(of: $0) == nil }), nowMs >= joinsAgainAtMs {
            joinsAgainAtMs = nowMs + Self.joinPauseMs
            try joiner.join(from: .time(ms: nowMs - Self.joinBackMs), to: nil)
            report = joiner.finish()
            for entry in report.book.entries {
                guard case .id(let id) = entry.subject, entry.counts, let match = entry.match
                else { continue }
                places[id] = match.source
            }
        }
        let contradicted = try ask(drawn, deployment, candidate)
        known.reading.notes = notes(report, drawn, contradicted: contradicted)
        return known.reading
    }

    private func place(of entry: LabelBook.Entry) -> StreamPlace? {
        switch entry.subject {
        case .place(let place): place
        case .id(let id): places[id]
        }
    }

    /// Asks about the records that nobody was asked about yet.
    ///
    /// - Returns: how many records have several labels.
    private func ask(
        _ drawn: [LabelBook.Entry], _ deployment: Deployment, _ candidate: Int
    ) throws(SwerveError) -> Int {
        var fresh: [StreamPlace: String] = [:]
        var order: [StreamPlace] = []
        var contradicted: Set<StreamPlace> = []
        for entry in drawn {
            guard let place = place(of: entry) else { continue }
            if entry.isContradictory || (known.labels[place] ?? entry.label) != entry.label
                || (fresh[place] ?? entry.label) != entry.label
            {
                contradicted.insert(place)
            } else if known.labels[place] == nil,
                fresh.updateValue(entry.label, forKey: place) == nil
            {
                order.append(place)
            }
        }
        order.removeAll { contradicted.contains($0) }
        guard !order.isEmpty else { return contradicted.count }
        let verdicts = try self.verdicts(order, deployment, candidate)
        let alerts = Set(deployment.settings.alerts)
        for place in order {
            guard let label = fresh[place] else { continue }
            known.labels[place] = label
            guard let said = verdicts[place] else {
                known.gone += 1
                continue
            }
            guard let stable = said.stable, let candidate = said.candidate else {
                known.unscored += 1
                continue
            }
            known.reading.records.append(
                LabelledRecord(isAttack: alerts.contains(label), stable, candidate))
        }
        return contradicted.count
    }

    private func verdicts(
        _ places: [StreamPlace], _ deployment: Deployment, _ candidate: Int
    ) throws(SwerveError) -> [StreamPlace: FeedbackTally.Verdicts] {
        let scorer = try PairScorer(access, input: terms.topics.input)
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
                deployment, candidate: candidate, partition: partition,
                places.map(\.offset).sorted(), consumer
            ) { offset, verdicts in
                found[StreamPlace(partition: partition, offset: offset)] = verdicts
            }
        }
        return found
    }

    private func notes(
        _ report: LabelReport, _ drawn: [LabelBook.Entry], contradicted: Int
    ) -> [String] {
        var notes: [String] = []
        func note(_ count: Int, _ words: String) {
            if count > 0 { notes.append("\(count) \(words)") }
        }
        note(
            report.unreadable,
            "are no labels" + (report.firstUnreadable.map { " (\($0))" } ?? ""))
        note(report.book.entries.count - drawn.count, "were not drawn at random")
        note(contradicted, "records have labels that contradict one another")
        note(drawn.count { place(of: $0) == nil }, "ids have no prediction of the last day")
        note(known.gone, "records are gone from the input")
        note(known.unscored, "records have no score of one of the two")
        return notes
    }

    /// Predictions are read again for ids that had none, now and then, and as far back as this.
    private static let joinPauseMs: Int64 = 60_000
    private static let joinBackMs: Int64 = 86_400_000
}
