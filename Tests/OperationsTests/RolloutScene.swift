import Fleet
import Judge
import Lifecycle
import Platform
import Registry
import TestSupport

@testable import Operations

/// A rollout of version 2 over 1 with a fleet and a clock that do as they are told.
final class RolloutScene {
    let fixture: ControlFixture
    let brokers: FakeBrokers
    let fleet = ToyFleet()
    var nowMs: Int64 = 1_764_000_000_000
    private(set) var news: [RolloutNews] = []

    var model: ModelName { fixture.model }
    var registry: Registry { fixture.registry }

    init(labels: [String] = ["normal", "attack"]) throws {
        fixture = try ControlFixture(versions: 0)
        brokers = FakeBrokers(fixture.topic)
        for number in 1...3 {
            let bytes = Array("model \(number)".utf8)
            let manifest = ArtifactManifest(
                format: "liblinear",
                files: [
                    .init(
                        role: .model, name: "m", bytes: bytes.count,
                        sha256: ContentHash.sha256(bytes))
                ], labels: [:], threshold: 0, goldenSource: .own)
            _ = try registry.register(
                Artifact(manifestBytes: manifest.bytes, files: ["m": bytes]),
                digest: ContentHash.sha256(manifest.bytes), as: fixture.model,
                metadata: VersionMetadata(registeredAt: "now", registeredBy: "ada"),
                facts: VersionFacts(labels: labels))
        }
        try promote(1)
    }

    private func promote(_ version: Int) throws {
        try fixture.change(.promote(version))
        _ = try fixture.relay.drain()
    }

    // MARK: The way through

    /// As people write one: it decides after twenty seconds.
    static func plan(_ changes: [String: JSONValue] = [:]) -> JSONValue {
        func step(_ mode: String, _ share: String, _ require: String) -> JSONValue {
            [
                "mode": .string(mode), "share": .string(share), "min": "10s", "min_pairs": 1_000,
                "max": "10m", "require": .string(require),
            ]
        }
        var guards: [String: JSONValue] = [
            "alerts-up": ["rel": 0, "abs": 0.01], "errors": ["abs": 0.01],
        ]
        for name in ["alerts-down", "incidents-up", "incidents-down", "latency"] {
            guards[name] = ["enforce": false]
        }
        var fields: [String: JSONValue] = [
            "steps": [
                step("shadow", "25%", "pass"), step("canary", "5%", "no-fail"),
                step("canary", "25%", "pass"),
            ],
            "bake": ["share": "25%", "for": "20s", "max": "10m"],
            "judge": [
                "fail_after": "10s", "pass_after": "20s", "guards": .object(guards),
            ],
        ]
        fields.merge(changes) { $1 }
        return ["rollout": .object(fields)]
    }

    /// With whose key the loop signs.
    var hand: RolloutHand?

    func desk(_ other: Registry? = nil, by own: RolloutHand? = nil) -> RolloutDesk {
        RolloutDesk(
            registry: other ?? registry, brokers: brokers, author: "loop", hand: own ?? hand
        ) { [unowned self] in nowMs }
    }

    func executor(_ other: Registry? = nil) -> RolloutExecutor {
        RolloutExecutor(of: model, at: desk(other)) { [unowned self] in news.append($0) }
    }

    @discardableResult
    func start(
        _ candidate: Int = 2, plan: JSONValue = plan(), isObserved: Bool = false,
        by own: RolloutHand? = nil
    ) throws -> RolloutStarter.Started {
        try RolloutStarter(desk: desk(by: own)).start(
            RolloutStartRequest(
                model: model, version: .number(candidate), plan: plan, planName: "plan.yaml",
                isObserved: isObserved), candidate: candidate)
    }

    @discardableResult
    func say(
        _ word: RolloutWord, reason: String = "", by own: RolloutHand? = nil
    ) throws -> SwerveError? {
        try RolloutSpeaker(desk: desk(by: own)).say(word, to: model, reason: reason).fault
    }

    /// So many seconds, a tick each, while the rollout goes on.
    func run(
        _ seconds: Int, _ executor: RolloutExecutor, while goesOn: () throws -> Bool = { true }
    ) throws {
        for _ in 0..<seconds where try goesOn() {
            nowMs += 1_000
            guard try executor.tick(fleet.look) else { return }
        }
    }

    /// Runs until a phase, ten minutes at most.
    func run(to phase: RolloutState.Phase, _ executor: RolloutExecutor) throws {
        try run(600, executor) { try state.phase != phase }
    }

    // MARK: What came of it

    var state: RolloutState {
        get throws {
            guard let record = try desk().newest(of: model) else { throw Missing() }
            return record.state
        }
    }

    struct Missing: Error {}

    /// What it told, without the figures of the judge.
    var events: [String] {
        get throws {
            guard let stored = try registry.rollout(of: model) else { return [] }
            return try registry.entries(of: stored.id).map { entry in
                entry.detail.isEmpty || ["failed", "promoted"].contains(entry.event)
                    ? entry.event : "\(entry.event): \(entry.detail)"
            }
        }
    }

    var deployment: Deployment {
        get throws {
            guard let deployment = try registry.deployment(of: model) else { throw Missing() }
            return deployment
        }
    }

    var faults: [SwerveError] {
        news.compactMap { if case .fault(_, let error) = $0 { error } else { nil } }
    }
}

/// Two slots whose counts grow by the same in each cell whenever somebody looks.
final class ToyFleet {
    /// In each cell, of fifty records a look: normal to the stable version and an alert to the
    /// candidate; the reverse.
    var up: Int64 = 0
    var down: Int64 = 0
    var isConverged = true
    private var comparison = ""
    private var slots: [SlotCounts] = []

    func look(_ deployment: Deployment) -> RolloutSight {
        let id = deployment.comparisonID ?? ""
        if id != comparison {
            comparison = id
            slots = (0..<2).map {
                SlotCounts(
                    slot: SlotID(group: "g", slot: $0), incarnation: "a", comparison: id,
                    cells: CellCounts())
            }
        }
        guard !id.isEmpty else { return RolloutSight(counts: [], isConverged: isConverged) }
        for slot in slots.indices {
            for cell in 0..<64 {
                slots[slot].cells?[cell, .pairs] += 50
                slots[slot].cells?[cell, .alerts] += down
                slots[slot].cells?[cell, .up] += up
                slots[slot].cells?[cell, .down] += down
                slots[slot].keyed += 50
            }
        }
        return RolloutSight(counts: slots, isConverged: isConverged)
    }
}
