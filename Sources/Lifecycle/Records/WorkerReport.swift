/// What a worker tells its supervisor once a second: one line of JSON over a pipe.
///
/// The status is what the status topic has; the figures are for metrics.
package struct WorkerReport: Sendable, Equatable {
    /// As the status topic has it, as a document; its fields are those of `StatusRecord`.
    package let status: JSONValue
    package let figures: WorkerFigures
    package let standing: Standing

    /// What readiness is decided by.
    package struct Standing: Sendable, Equatable {
        /// Some broker answers.
        package var hasBrokers = true
        /// The control topic was read to its end.
        package var isControlRead = false
        /// The group gave an assignment, of no partition perhaps.
        package var hasJoined = false
        /// A deployment that is believed is served.
        package var isServing = false
        /// Why no deployment is served, where one is wanted; nil where one is served, or none is.
        package var unserved: String?
        /// It takes records, or would.
        package var isScoring = false
        /// It holds at the bound of dead letters.
        package var isHolding = false
        /// Why records have waited for a schema for long; nil where none have.
        package var waiting: String?

        package init() {}
    }

    /// The longest line that a reader takes.
    package static let lineBytes = 1 << 20
    private static let schema = 1

    /// The line of a snapshot, without its end.
    ///
    /// - Parameter status: the bytes of the status record that was made of the same snapshot; they
    ///   are handed on as they are.
    package static func line(
        status: [UInt8], figures: WorkerFigures, standing: Standing
    ) -> [UInt8] {
        let rest: JSONValue = [
            "figures": figures.json, "schema": .int(Int64(schema)), "standing": standing.json,
        ]
        return rest.bytes.dropLast() + Array(",\"status\":".utf8) + status + [UInt8(ascii: "}")]
    }

    /// Reads a line; nil for what is no report.
    package init?(line: some Collection<UInt8>) {
        guard
            let json = try? JSONValue(
                parsing: line, act: "reading a worker's report", limit: Self.lineBytes),
            json["schema"]?.int == Self.schema, let status = json["status"],
            status.object != nil, let figures = json["figures"].flatMap(WorkerFigures.init),
            let standing = json["standing"].flatMap(Standing.init)
        else { return nil }
        self.status = status
        self.figures = figures
        self.standing = standing
    }

    /// Why the process ends, where it was its last word.
    package var lastWord: String? { status["ended"]?["reason"]?.string }
}

extension WorkerReport.Standing {
    package init(_ snapshot: WorkerSnapshot) {
        hasBrokers = snapshot.hasBrokers
        isControlRead = snapshot.isControlRead
        hasJoined = snapshot.assignments > 0
        isServing = snapshot.serving != nil
        unserved = Self.unserved(snapshot)?.shortened(to: Self.waitingCharacters)
        isScoring = snapshot.phase == .serving
        isHolding = snapshot.held != nil
        waiting = snapshot.waiting?.shortened(to: Self.waitingCharacters)
    }

    var json: JSONValue {
        [
            "brokers": .bool(hasBrokers), "control_read": .bool(isControlRead),
            "joined": .bool(hasJoined),
            "serving": .bool(isServing), "scoring": .bool(isScoring), "holding": .bool(isHolding),
            "unserved": unserved.map { .string($0) } ?? .null,
            "waiting": waiting.map { .string($0) } ?? .null,
        ]
    }

    private static func unserved(_ snapshot: WorkerSnapshot) -> String? {
        guard snapshot.serving == nil else { return nil }
        if let rejected = snapshot.rejected {
            return "epoch \(rejected.epoch) is rejected: \(rejected.reason)"
        }
        guard let epoch = snapshot.wantedEpoch, !snapshot.isWantedLoaded else { return nil }
        guard let fault = snapshot.loadFault else { return "epoch \(epoch) is being loaded" }
        return "epoch \(epoch) cannot be loaded yet: \(fault)"
    }

    private static let waitingCharacters = 500

    init?(_ json: JSONValue) {
        guard let isControlRead = json["control_read"]?.bool, let hasJoined = json["joined"]?.bool,
            let isServing = json["serving"]?.bool, let isScoring = json["scoring"]?.bool,
            let isHolding = json["holding"]?.bool
        else { return nil }
        self.init()
        // A worker of the release before says nothing of them.
        hasBrokers = json["brokers"]?.bool ?? true
        self.isControlRead = isControlRead
        self.hasJoined = hasJoined
        self.isServing = isServing
        self.isScoring = isScoring
        self.isHolding = isHolding
        unserved = json["unserved"]?.string?.shortened(to: Self.waitingCharacters)
        waiting = json["waiting"]?.string?.shortened(to: Self.waitingCharacters)
    }
}
