import Foundation
import Judge
import Lifecycle

@testable import Catalogue
@testable import Operations
@testable import Registry

/// What a registry with a life behind it would say; every free text goes through `say`.
struct SampleRegistry {
    let say: SampleTexts
    static let nowMs: Int64 = 1_700_000_000_000

    static func at(_ minutes: Int64) -> String { Timestamp.text(ofMs: nowMs - minutes * 60_000) }

    static func digest(_ number: Int) -> Digest {
        Digest(sha256: (0..<32).map { UInt8(truncatingIfNeeded: number &* 37 &+ $0 &* 11) })
    }

    static func version(_ number: Int) -> DeployedVersion {
        DeployedVersion(version: number, digest: digest(number))
    }

    static func model(_ name: String = "http-anomaly") throws -> ModelName { try ModelName(name) }

    func deployment(
        _ epoch: Int64, stable: Int, candidate: (Int, Candidate.Mode, String)? = nil,
        previous: Int? = nil, model: String = "http-anomaly"
    ) throws -> Deployment {
        var settings = DeploymentSettings()
        if stable == 41, epoch > 20 {
            settings[stable] = VersionSettings(threshold: 0.25, labels: ["1": say("attack")])
        }
        settings.alerts = [say("attack")]
        return Deployment(
            model: try Self.model(model), epoch: epoch, stable: Self.version(stable),
            candidate: try candidate.map {
                Candidate(deployed: Self.version($0.0), mode: $0.1, share: try Share($0.2))
            }, previous: previous.map(Self.version), salt: 7, settings: settings)
    }

    func canary() throws -> Deployment {
        try deployment(23, stable: 41, candidate: (42, .canary, "5%"), previous: 40)
    }

    func note(_ by: String, _ minutes: Int64, _ reason: String) -> ChangeNote {
        ChangeNote(by: say(by), at: Self.at(minutes), reason: reason.isEmpty ? "" : say(reason))
    }

    /// Newest first.
    func history() throws -> [HistoryEntry] {
        let states: [(Deployment, ChangeNote)] = [
            (
                try deployment(17, stable: 39),
                note("dana@corp.example", 8_900, "first rules of the shop")
            ),
            (
                try deployment(18, stable: 39, candidate: (40, .shadow, "25%")),
                note("rollout 6", 3_120, "step 1 of 4")
            ),
            (try deployment(19, stable: 40, previous: 39), note("rollout 6", 2_900, "")),
            (
                try deployment(20, stable: 41, previous: 40),
                note("dana@corp.example", 700, "Retrained on last week's traffic; SRCH-1182")
            ),
            (
                try deployment(21, stable: 41, candidate: (42, .shadow, "25%"), previous: 40),
                note("erik@corp.example", 95, "weekly retraining")
            ),
            (
                try deployment(22, stable: 41, candidate: (42, .canary, "1%"), previous: 40),
                note("rollout 7", 41, "step 2 of 4")
            ),
            (try canary(), note("rollout 7", 12, "step 3 of 4")),
        ]
        return states.indices.reversed().map { place in
            HistoryEntry(
                before: place > 0 ? states[place - 1].0 : nil, after: states[place].0,
                note: states[place].1)
        }
    }

    func registered(
        _ number: Int, role: DeploymentRole? = nil, archived: Bool = false, aliases: [String] = []
    ) throws -> RegisteredVersion {
        RegisteredVersion(
            reference: VersionReference(model: try Self.model(), version: number),
            digest: Self.digest(number), bytes: 2_371_584 + number,
            facts: CatalogueFacts(
                format: say("liblinear"), threshold: 0.125, golden: "supplied",
                scorer: VersionFacts(
                    labels: [say("normal"), say("attack")], task: say("classification"),
                    inputView: say("text"), features: 262_144)),
            metadata: VersionMetadata(
                note: say("Weekly retraining; C = 0.5"),
                metrics: [say("auc"): 0.99312, say("f1"): 0.9471, say("recall@1e-4"): 0.812],
                tags: [say("team"): say("edge-security"), say("pipeline"): say("nightly-481")],
                lineage: Lineage(
                    trainingData: say("sha256:4f1c0de9b7aa"), codeRevision: say("9c1f2ab"),
                    tool: say("liblinear"), toolVersion: say("2.3"),
                    author: say("erik@corp.example")),
                registeredAt: Self.at(Int64(max(1, 45 - number)) * 1_440 + 105),
                registeredBy: say("ci-pipeline")),
            aliases: try aliases.map { try AliasName($0) }, role: role,
            archival: archived
                ? Archival(
                    at: Self.at(9_000), by: say("dana@corp.example"), reason: say("superseded"),
                    collectedAt: nil) : nil,
            signers: [ArtifactSigner(key: say("ci-signer"), at: Self.at(104))])
    }

    /// Newest first.
    func versions() throws -> [RegisteredVersion] {
        [
            try registered(43, aliases: ["nightly"]),
            try registered(42, role: .canary),
            try registered(41, role: .stable, aliases: ["champion", "week-46"]),
            try registered(40, role: .previous), try registered(39),
            try registered(38, archived: true), try registered(37, archived: true),
        ]
    }

    func audit() -> [AuditEntry] {
        let acts: [(String, String, String)] = [
            ("deploy", "rollout 7", "step 3 of 4"), ("deploy", "rollout 7", "step 2 of 4"),
            ("deploy", "erik@corp.example", "weekly retraining"), ("register", "ci-pipeline", ""),
            ("sign-artifact", "ci-signer", ""), ("alias", "dana@corp.example", ""),
            ("add-key", "dana@corp.example", "new laptop"),
            ("create-token", "dana@corp.example", ""),
            ("add-webhook", "dana@corp.example", ""),
        ]
        let objects: [String: [String: JSONValue]] = [
            "create-token": ["token": "ci", "role": "promoter", "models": "http-*"],
            "add-webhook": ["webhook": 3, "url": "https://hooks.example/swerve?key=secret"],
        ]
        return acts.enumerated().map { place, act in
            let sequence = Int64(412 - place)
            var fields: [String: JSONValue] = [
                "act": .string(say(act.0)),
                "at": .string(Self.at(Int64(12 + place * 30))), "by": .string(say(act.1)),
                "reason": .string(say(act.2)),
            ]
            fields.merge(objects[act.0] ?? ["model": .string(say("http-anomaly"))]) { $1 }
            if act.0 == "deploy" { fields["deployment"] = ["epoch": .int(Int64(23 - place))] }
            return AuditEntry(
                sequence: sequence, fields: .object(fields), hash: Self.digest(Int(sequence)))
        }
    }

    func verification(isClean: Bool) -> AuditVerifyResult {
        var report = AuditReport()
        report.entries = 410
        report.head = Self.digest(410)
        if !isClean {
            report.add(AuditFinding(entry: 211, say("its hash does not follow from entry 210")))
            report.add(
                AuditFinding(
                    entry: nil, say("deployments: http-anomaly has epoch 24, the chain 23")))
        }
        var topic = TopicAudit.Result()
        topic.records = 14
        return AuditVerifyResult(place: say("registry.db"), report: report, topic: topic)
    }

    func keys() throws -> [RegisteredKey] {
        [
            RegisteredKey(
                name: try ModelName("ci-signer"), publicKey: [UInt8](repeating: 9, count: 32),
                roles: [.register], addedAt: Self.at(90_000), addedBy: say("dana@corp.example"),
                revocation: nil),
            RegisteredKey(
                name: try ModelName("dana-laptop"), publicKey: [UInt8](repeating: 8, count: 32),
                roles: [.promote], addedAt: Self.at(700_000), addedBy: say("dana@corp.example"),
                revocation: .init(
                    at: Self.at(192), by: say("dana@corp.example"),
                    reason: say("the laptop was lost"))),
            RegisteredKey(
                name: try ModelName("release"), publicKey: [UInt8](repeating: 7, count: 32),
                roles: [.promote, .register], addedAt: Self.at(190),
                addedBy: say("dana@corp.example"),
                revocation: nil),
        ]
    }
}
