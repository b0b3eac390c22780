import Lifecycle

/// The metrics of a host: the projection of its state to families and samples.
///
/// Labels come from bounded sets alone: slots of this host; of each at most 8 versions, 2 roles,
/// 101 labels of a version, 10 score bounds, and 256 partitions; reasons of dead letters and of
/// restarts. Counters of a worker begin at 0 with each of its processes, which Prometheus knows as
/// a reset; those of restarts are the supervisor's. A worker that does not report has no samples
/// but the supervisor's: what is old is not told as if it were true.
package struct HostMetrics {
    private let host: HostState
    private let nowNs: UInt64
    /// The slots whose workers reported of late.
    private let told: [(slot: Exposition.Labels, figures: WorkerFigures)]
    /// The label of each slot.
    private let labels: [Exposition.Labels]
    private var text: Exposition

    /// The whole page.
    ///
    /// - Parameter nowNs: monotonic.
    package static func page(of host: HostState, nowNs: UInt64) -> [UInt8] {
        var metrics = HostMetrics(host, nowNs: nowNs)
        metrics.addHost()
        metrics.addCounts()
        metrics.addVersions()
        metrics.addTimes()
        metrics.addPlaces()
        return metrics.text.bytes
    }

    private init(_ host: HostState, nowNs: UInt64) {
        self.host = host
        self.nowNs = nowNs
        let labels: [Exposition.Labels] = host.slots.map { ["slot": "\($0.slot)"] }
        self.labels = labels
        told = zip(host.slots, labels).compactMap { slot, labels in
            slot.fresh(nowNs: nowNs).map { (labels, $0.figures) }
        }
        text = Exposition(capacity: Self.bytes(of: told.map(\.figures)))
    }

    private mutating func addHost() {
        text.family("swerve_build_info", .gauge, "The versions of swerve and librdkafka; always 1.")
        text.sample(1, ["version": host.version, "librdkafka": host.librdkafka])
        text.family(
            "swerve_service_info", .gauge,
            "What the service serves, and as which group; always 1.")
        text.sample(1, ["model": host.model, "group": host.group])
        text.family("swerve_slots", .gauge, "Slots of this host.")
        text.sample(Int64(host.slots.count))
        text.family("swerve_worker_up", .gauge, "Whether the slot's worker runs and reports.")
        // One that has left, or is served elsewhere, is no slot of the host: as for readiness.
        for (slot, labels) in zip(host.slots, labels) where slot.process != .ended {
            text.sample(slot.fresh(nowNs: nowNs) == nil ? 0 : 1, labels)
        }
        text.family("swerve_worker_ready", .gauge, "Whether the slot is ready, as /readyz says.")
        for (slot, labels) in zip(host.slots, labels) where slot.process != .ended {
            let isReady =
                !host.isStopping && Readiness.obstacle(of: slot, nowNs: nowNs) == nil
            text.sample(isReady ? 1 : 0, labels)
        }
        text.family(
            "swerve_worker_restarts_total", .counter, "Workers started again, by reason.")
        for (slot, labels) in zip(host.slots, labels) {
            for reason in RestartReason.allCases {
                text.sample(
                    slot.restarts[reason] ?? 0, labels.with("reason", reason.rawValue))
            }
        }
        text.family(
            "swerve_worker_faulty_reports_total", .counter,
            "Lines of workers that were no reports.")
        for (slot, labels) in zip(host.slots, labels) { text.sample(slot.faultyReports, labels) }
        text.family(
            "swerve_certificate_expiry_timestamp_seconds", .gauge,
            "Until when the service's own certificate holds, in seconds since 1970, by its use.")
        for certificate in host.certificates {
            text.sample(certificate.endsAt, ["use": certificate.use])
        }
        gauge("swerve_worker_start_time_seconds", "When the worker began, in seconds since 1970.") {
            Double($0.startedAtMs) / 1_000
        }
    }

    private mutating func addCounts() {
        counter("swerve_records_total", "Records taken from the input topic.") { $0.records }
        counter(
            "swerve_passed_over_records_total", "Records older than limits.max_age."
        ) { $0.passedOver }
        counter(
            "swerve_malformed_records_total", "Lines that are not of the format of input.log."
        ) { $0.malformed }
        counter(
            "swerve_trailing_records_total", "Avro records with bytes behind their value."
        ) { $0.schemas.trailing }
        counter(
            "swerve_schema_registry_faults_total",
            "Calls to a schema registry that came to no answer."
        ) { $0.schemas.faults }
        gauge("swerve_schemas", "Schemas at hand.") { Double($0.schemas.known) }
        gauge("swerve_parked_records", "Records that wait for their schema.") {
            Double($0.schemas.parkedRecords)
        }
        gauge("swerve_parked_bytes", "Memory of the records that wait for their schema.") {
            Double($0.schemas.parkedBytes)
        }
        text.family("swerve_dead_letters_total", .counter, "Dead letters, by reason.")
        for (slot, figures) in told {
            text.samples(figures.deadLetters, by: "reason", slot)
        }
        counter(
            "swerve_rebalances_total", "Changes of assignment after the first."
        ) { $0.rebalances }
        counter(
            "swerve_control_records_ignored_total",
            "Records on the control topic that were passed over."
        ) { $0.ignoredControlRecords }
    }

    private mutating func addVersions() {
        text.family(
            "swerve_predictions_total", .counter,
            "Predictions produced, by version, its role and the label.")
        for (slot, figures) in told {
            for version in figures.versions {
                let labels = slot.with("version", "\(version.version)")
                for (role, counts) in version.predictions.sorted(by: { $0.key < $1.key }) {
                    text.samples(counts, by: "label", labels.with("role", role))
                }
            }
        }
        text.family(
            "swerve_scored_records_total", .counter,
            "Records that a version scored, whichever version decided.")
        for (slot, figures) in told {
            for version in figures.versions {
                text.sample(version.scored, slot.with("version", "\(version.version)"))
            }
        }
        text.family(
            "swerve_score", .histogram,
            "Scores of a version, in buckets between quantiles of its golden inputs' scores.")
        for (slot, figures) in told {
            for version in figures.versions {
                guard let scores = version.scores else { continue }
                text.histogram(
                    bounds: scores.bounds, counts: scores.counts, sum: scores.sum,
                    slot.with("version", "\(version.version)"))
            }
        }
        addComparison(
            "swerve_compared_records_total",
            "Records that a candidate and the stable version scored."
        ) { $0.records }
        addComparison(
            "swerve_flips_total", "Of those, records that the two label differently."
        ) { $0.flips }
        addComparison(
            "swerve_shadow_shed_total", "Records that a shadow had no time for."
        ) { $0.shed }
    }

    private mutating func addComparison(
        _ name: String, _ help: String, _ value: (WorkerFigures.Comparison) -> Int64
    ) {
        text.family(name, .counter, help)
        for (slot, figures) in told {
            guard let comparison = figures.comparison else { continue }
            text.sample(
                value(comparison), slot.with("version", "\(comparison.candidate)"))
        }
    }

    private mutating func addTimes() {
        histogram(
            "swerve_prediction_latency_seconds",
            "From a record's timestamp to its acknowledged prediction."
        ) { $0.sinceWritten }
        histogram(
            "swerve_delivery_seconds", "From the poll of a record to its acknowledged prediction."
        ) { $0.sincePolled }
        histogram("swerve_batch_records", "Records of a batch.") { $0.batches }
        gauge(
            "swerve_poll_gap_seconds", "The longest time between two polls, of the last second."
        ) { $0.pollGapSeconds }
        gauge(
            "swerve_load_seconds",
            "From the announcement's arrival to scorers ready, of the deployment served."
        ) { $0.loadSeconds }
        gauge(
            "swerve_swap_seconds",
            "From scorers ready to the batch that is scored by them, of the deployment served."
        ) { $0.swapSeconds }
        gauge(
            "swerve_last_record_timestamp_seconds",
            "When the newest record taken was written, in seconds since 1970."
        ) { $0.lastRecordAtMs.map { Double($0) / 1_000 } }
    }

    private mutating func addPlaces() {
        gauge("swerve_epoch_wanted", "The newest epoch that the worker believes.") {
            $0.wantedEpoch.map { Double($0) }
        }
        gauge("swerve_epoch_served", "The epoch that the worker scores by.") {
            $0.servedEpoch.map { Double($0) }
        }
        gauge("swerve_converged", "Whether the epoch wanted is the one served.") {
            $0.isConverged ? 1 : 0
        }
        gauge(
            "swerve_deployment_rejected",
            "Whether the worker refused, or could not load, a deployment newer than the one served."
        ) { $0.isRejecting ? 1 : 0 }
        gauge("swerve_lag_records", "Records behind the end of all partitions of the slot.") {
            $0.lag.map { Double($0) }
        }
        text.family(
            "swerve_partition_lag_records", .gauge, "Records behind the end of a partition.")
        for (slot, figures) in told {
            for (partition, lag) in figures.lagByPartition.sorted(by: { $0.key < $1.key }) {
                text.sample(lag, slot.with("partition", "\(partition)"))
            }
        }
        gauge(
            "swerve_untold_partitions",
            "Partitions of the slot that swerve_partition_lag_records leaves out."
        ) { Double($0.untoldPartitions) }
    }

    /// More than the page takes, or a little less.
    private static func bytes(of told: [WorkerFigures]) -> Int {
        told.reduce(into: firstBytes) { bytes, figures in
            var lines = slotLines + figures.lagByPartition.count
            for version in figures.versions {
                lines += versionLines
                for labels in version.predictions.values { lines += labels.count }
            }
            bytes += lines * lineBytes
        }
    }

    private static let firstBytes = 16 << 10
    /// Beside those of its versions and partitions.
    private static let slotLines = 100
    /// Beside those of its labels.
    private static let versionLines = 15
    private static let lineBytes = 90

    // MARK: - One sample a slot

    private mutating func counter(
        _ name: String, _ help: String, _ value: (WorkerFigures) -> Int64
    ) {
        text.family(name, .counter, help)
        for (slot, figures) in told { text.sample(value(figures), slot) }
    }

    private mutating func gauge(
        _ name: String, _ help: String, _ value: (WorkerFigures) -> Double?
    ) {
        text.family(name, .gauge, help)
        for (slot, figures) in told {
            if let number = value(figures) { text.measure(number, slot) }
        }
    }

    private mutating func histogram(
        _ name: String, _ help: String, _ value: (DeliveryTimings) -> BucketCounts
    ) {
        text.family(name, .histogram, help)
        for (slot, figures) in told {
            guard let counts = figures.timings.map(value) else { continue }
            text.histogram(
                bounds: counts.bounds, counts: counts.counts, sum: counts.sum, slot)
        }
    }
}
