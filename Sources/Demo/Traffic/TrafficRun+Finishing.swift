import Kafka
import Lifecycle
import Platform

/// The end of a run: the last answers, the last status, nothing left unread.
extension TrafficRun {
    /// Collects what is still on its way, stops the service, and reads all topics to their ends.
    ///
    /// - Returns: the moment of the last answer, monotonic.
    func finish() throws(SwerveError) -> UInt64 {
        try checkOffsets()
        progressedNs = MonotonicClock.now
        while checker.answered < fed, MonotonicClock.now &- progressedNs < silenceNs {
            try turn("collecting the last answers", waitMs: 5)
        }
        let answeredNs = progressedNs
        let moment = WallClock.nowMs
        let deadline = Deadline(afterMs: Int(Self.heartbeatMs))
        while !fleet.hasHeardAll(sinceMs: moment), !deadline.hasPassed {
            try turn("waiting for the last status", waitMs: 20)
        }
        try service.stopServe()
        try writer.flush(milliseconds: Self.askMs, act: "writing to \(service.topics.output)")
        try readToEnds()
        if let fault = injector.fault, !injector.isPlanted {
            throw SwerveError(
                .refused, act: "planting the fault '\(fault.rawValue)'",
                reason: "no prediction came that it could be planted in",
                remedy: "give more --records, or a lower --rate")
        }
        return answeredNs
    }

    func report(answeredNs: UInt64) -> DemoReport {
        var report = DemoReport(
            findings: checker.findings(), swaps: swaps,
            rebalances: max(0, fleet.rebalances - rebalancesBefore), restarts: fleet.restarts,
            longestPollGapMs: fleet.longestPollGapMs,
            durationS: Double(answeredNs &- startedNs) / 1e9, workers: options.workers,
            partitions: options.partitions, broker: options.bootstrap ?? "development",
            source: sourceWords, injected: options.inject,
            keptIn: service.workspace.isKept ? service.workspace.folder : nil)
        report.places = checker.faultPlaces()
        return report
    }

    /// Writes the topics' records beside the registry.
    func keep() throws(SwerveError) {
        guard service.workspace.isKept else { return }
        for (name, records) in kept { try service.workspace.write("\(name).jsonl", records.bytes) }
    }

    /// After so much silence what is missing is lost, and the report says so: soon while all
    /// workers are up and have their partitions, later while a group may still be finding itself.
    private var silenceNs: UInt64 {
        let isWhole =
            fleet.isServing(epoch: epoch, partitions: options.partitions)
            && fleet.hasHeardAll(sinceMs: WallClock.nowMs - Self.heartbeatMs)
        guard isWhole else { return Self.quietWhileAbsentNs }
        return options.bootstrap == nil ? Self.quietNs : Self.quietOnRealBrokersNs
    }

    private var sourceWords: String {
        switch source {
        case .generated: "generated requests, seed \(options.seed)"
        case .replayed(let requests):
            "\(DemoReport.grouped(requests.count)) requests from "
                + options.requestFiles.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
                .joined(separator: ", ")
        }
    }

    /// An offset says which record a prediction answers, so nobody else may have written here.
    private func checkOffsets() throws(SwerveError) {
        for partition in 0..<options.partitions {
            let end = try reader.end(
                of: service.topics.input, partition: Int32(partition), timeoutMs: Self.askMs)
            let expected = checker.nextOffset(partition: partition)
            guard end == expected else {
                throw SwerveError(
                    .refused, act: "counting what was fed",
                    reason: "partition \(partition) of \(service.topics.input) ends at \(end), "
                        + "not at \(expected): another producer writes to it")
            }
        }
    }

    private func readToEnds() throws(SwerveError) {
        var ends: [(topic: String, partition: Int32, end: Int64)] = []
        for topic in [service.topics.output, service.topics.deadLetters] {
            for partition in 0..<Int32(options.partitions) {
                let end = try reader.end(of: topic, partition: partition, timeoutMs: Self.askMs)
                ends.append((topic, partition, end))
            }
        }
        let deadline = Deadline(afterMs: Int(Self.askMs))
        while !ends.allSatisfy({ reader.position(of: $0.topic, partition: $0.partition) >= $0.end })
        {
            try collect(milliseconds: 20)
            guard !deadline.hasPassed else {
                throw SwerveError(
                    .timedOut, act: "reading \(service.topics.output) to its end",
                    reason: "the end was not reached within \(Self.askMs) ms")
            }
        }
    }

    private static let quietNs: UInt64 = 5_000_000_000
    private static let quietOnRealBrokersNs: UInt64 = 20_000_000_000
    /// Above the time in which a group notices a dead member.
    private static let quietWhileAbsentNs: UInt64 = 90_000_000_000
    private static let heartbeatMs: Int64 = 3_000
}
