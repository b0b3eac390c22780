import Fleet
import Foundation
import Judge
import Lifecycle

@testable import Catalogue
@testable import Operations
@testable import Pages
@testable import Registry

/// One of every page, in the states that differ in their looks.
struct SamplePages {
    struct Sample: Sendable {
        let name: String
        let page: any Page
        let context: PageContext
        let bytes: [UInt8]
        let text: String

        init(name: String, page: any Page, context: PageContext) {
            self.name = name
            self.page = page
            self.context = context
            bytes = page.bytes(in: context)
            text = String(decoding: bytes, as: UTF8.self)
        }
    }

    let say: SampleTexts
    private let registry: SampleRegistry
    private let trial: SampleTrial

    init(_ say: SampleTexts = .usual) {
        self.say = say
        registry = SampleRegistry(say: say)
        trial = SampleTrial(say)
    }

    /// Each page there is, by the texts on it: made once, as fleets take their time.
    static let written: [SampleTexts: Result<[Sample], any Error>] = Dictionary(
        uniqueKeysWithValues: SampleTexts.allCases.map { texts in
            (texts, Result { try SamplePages(texts).all() })
        })

    static func all(_ texts: SampleTexts = .usual) throws -> [Sample] {
        try written[texts]?.get() ?? []
    }

    private func all() throws -> [Sample] {
        let plain: [(String, any Page)] = [
            ("overview", try overview()), ("overview-calm", try calmOverview()),
            ("overview-empty", OverviewPage(OverviewView(models: []))),
            ("model", ModelPage(try model())), ("model-shadow", ModelPage(try shadowed())),
            ("model-new", ModelPage(try unpromoted())),
            ("version", VersionPage(try version())),
            ("version-plain", VersionPage(try plainVersion())),
            ("fleet", try fleet()),
            ("fleet-model", ModelFleetPage(try trial.fleet(slots: 64, isTroubled: true))),
            (
                "audit",
                AuditPage(
                    AuditView(
                        head: registry.audit().first, entries: registry.audit(),
                        olderBelow: registry.audit().last?.sequence,
                        verification: check(isClean: true)))
            ),
            (
                "audit-limited",
                AuditPage(
                    AuditView(
                        head: registry.audit().first, entries: registry.audit(),
                        mayKnowVerification: false))
            ),
            (
                "audit-findings",
                AuditPage(
                    AuditView(
                        head: registry.audit().first, entries: registry.audit(),
                        olderBelow: registry.audit().last?.sequence,
                        verification: check(isClean: false), model: say("http-anomaly"), below: 413)
                )
            ),
            ("access", AccessPage(AccessView(keys: try registry.keys(), tokens: tokens()))),
            ("access-reader", AccessPage(AccessView(keys: [], tokens: nil))),
            ("error", ErrorPage(status: 404, error: error(.notFound))),
        ]
        var samples = plain.map { Sample(name: $0.0, page: $0.1, context: context()) }
        samples += try acts().map { Sample(name: $0.0, page: ActPage($0.1), context: context()) }
        var stranger = context()
        stranger.viewer = nil
        samples.append(
            Sample(
                name: "sign-in",
                page: SignInPage(
                    fault: say("this token has expired"), issuer: say("id.example")),
                context: stranger))
        var reader = context()
        reader.notice = Notice(.done, say("http-anomaly: epoch 23, stable 41, canary 42 at 5%"))
        reader.readsOnly = say("hub on edge-2 leads this registry; this one serves reads")
        samples.append(Sample(name: "notices", page: try calmOverview(), context: reader))
        return samples
    }

    func context() -> PageContext {
        PageContext(
            viewer: Viewer(name: say("erik@corp.example"), role: say("promoter")),
            nowMs: SampleRegistry.nowMs, registry: say("5d0c0e0e-0000-4000-8000-000000000001"),
            antiForgery: say("c2f1"))
    }

    private func error(_ code: SwerveError.Code) -> SwerveError {
        SwerveError(
            code, act: say("looking for http-anomaly@99"), reason: say("there is no such version"),
            remedy: say("http-anomaly has versions 1 to 43"))
    }

    // MARK: - Overview

    func card(
        _ name: String, epoch: Int64, candidate: (Int, Candidate.Mode, String)? = nil,
        fleet: FleetReport? = nil, rollout: RolloutStanding? = nil
    ) throws -> ModelCard {
        let deployment = try registry.deployment(
            epoch, stable: 41, candidate: candidate, previous: 40, model: name)
        return ModelCard(
            summary: ModelSummary(
                name: try ModelName(name), versions: 43, archived: 2, newest: 43,
                newestAt: SampleRegistry.at(105), deployment: deployment, aliases: []),
            fleet: fleet, rollout: rollout,
            lastChange: HistoryEntry(
                before: nil, after: deployment,
                note: registry.note("erik@corp.example", 3 * epoch, "weekly retraining")))
    }

    private func overview() throws -> OverviewPage {
        OverviewPage(
            OverviewView(
                models: [
                    try card(
                        "card-testing", epoch: 9,
                        fleet: try trial.fleet(slots: 8, isTroubled: false, model: "card-testing")),
                    try card(
                        "http-anomaly", epoch: 23, candidate: (42, .canary, "5%"),
                        fleet: try trial.fleet(slots: 64, isTroubled: true),
                        rollout: try trial.rollout(phase: .gate, reason: "approval")),
                    try card("login-abuse", epoch: 4, candidate: (42, .shadow, "25%")),
                    ModelCard(
                        summary: ModelSummary(
                            name: try ModelName("new-scraper"), versions: 2, archived: 0, newest: 2,
                            newestAt: SampleRegistry.at(61), deployment: nil, aliases: [])),
                    try card(
                        "url-phishing", epoch: 31,
                        fleet: try trial.fleet(slots: 16, isTroubled: false, model: "url-phishing")),
                ], audit: AuditGlance(atMs: SampleRegistry.nowMs - 4_000_000, findings: 0)))
    }

    private func calmOverview() throws -> OverviewPage {
        OverviewPage(
            OverviewView(
                models: try ["card-testing", "http-anomaly"].map {
                    try card(
                        $0, epoch: 23,
                        fleet: try trial.fleet(slots: 8, isTroubled: false, model: $0))
                }))
    }

    // MARK: - Model and version

    func model() throws -> ModelView {
        let all = try registry.versions()
        return ModelView(
            model: try SampleRegistry.model(), deployment: try registry.canary(), versions: all,
            versionCount: 43, newestVersion: 43, hasOlderVersions: true,
            changes: try registry.history(),
            hasOlderChanges: true,
            aliases: [
                AliasEntry(
                    model: try SampleRegistry.model(), alias: try AliasName("champion"),
                    version: 41,
                    at: SampleRegistry.at(70), by: say("dana@corp.example"))
            ], fleet: try trial.fleet(slots: 64, isTroubled: false), rollout: try trial.rollout(),
            rates: trial.rates(), flips: trial.flips(), mayChange: true)
    }

    private func shadowed() throws -> ModelView {
        var view = try model()
        view.deployment = try registry.deployment(
            12, stable: 41, candidate: (42, .shadow, "25%"), previous: 40)
        view.rollout = nil
        view.rates = []
        view.flips = FlipLook(fault: say("no broker answers"), isLooking: true)
        view.fleet = nil
        return view
    }

    private func unpromoted() throws -> ModelView {
        ModelView(
            model: try SampleRegistry.model("new-scraper"), deployment: nil,
            versions: [try registry.registered(1)], versionCount: 1, newestVersion: 1,
            mayChange: true)
    }

    private func manifest() -> ArtifactManifest {
        ArtifactManifest(
            format: say("liblinear"),
            files: [
                .init(
                    role: .model, name: say("model.txt"), bytes: 2_310_144,
                    sha256: SampleRegistry.digest(1)),
                .init(
                    role: .featurizer, name: say("spec.json"), bytes: 312,
                    sha256: SampleRegistry.digest(2)),
                .init(
                    role: .golden, name: say("golden.jsonl"), bytes: 61_128,
                    sha256: SampleRegistry.digest(3)),
            ], labels: ["attack": "1", "normal": "-1"], threshold: 0.125, goldenSource: .supplied)
    }

    private func version() throws -> VersionView {
        let version = try registry.registered(42, role: .canary, aliases: ["nightly"])
        let weights = [2.41, 1.98, -1.77, 1.52, -1.31, 1.12, 0.97, -0.84, 0.66, 0.41]
        let names = [
            "\"uni\" \"nio\"", "\"sel\"", "-\"htm\"", "\"'--\"", "\"img\"", "\"../\"", "\"%27\"",
        ]
        return VersionView(
            result: VersionResult(version: version, manifest: manifest(), meaning: nil),
            weights: weights.enumerated().map { place, weight in
                NamedWeight(
                    index: 4_411 * (place + 3), name: say(names[place % names.count]),
                    weight: weight)
            }, diff: DiffResult(diff: try SampleDiff(say: say).diff()), others: [43, 41, 40, 39],
            deployment: try registry.canary(), mayChange: true)
    }

    private func plainVersion() throws -> VersionView {
        VersionView(
            result: VersionResult(
                version: try registry.registered(38, archived: true), manifest: manifest(),
                meaning: nil),
            noWeights: say("its scorer is no linear model"), diffFault: error(.notFound),
            others: [41],
            deployment: try registry.canary(), mayChange: true)
    }

    // MARK: - Fleet, audit, access

    private func fleet() throws -> FleetPage {
        FleetPage(
            [
                try trial.fleet(slots: 8, isTroubled: false, model: "card-testing"),
                try trial.fleet(slots: 64, isTroubled: true),
                try trial.fleet(slots: 16, isTroubled: false, model: "url-phishing"),
            ], fault: say("the brokers do not answer"))
    }

    private func check(isClean: Bool) -> AuditCheck {
        AuditCheck(
            endedAtMs: SampleRegistry.nowMs - 2_340_000, tookMs: 812,
            result: registry.verification(isClean: isClean))
    }

    private func tokens() -> [TokenRow] {
        [
            TokenRow(
                name: say("ci"), subject: say("ci-pipeline"), role: say("registrar"),
                models: say("*"),
                createdAt: SampleRegistry.at(44_000), createdBy: say("dana@corp.example"),
                expiresAt: SampleRegistry.at(-80_000), lastUsedAt: SampleRegistry.at(3)),
            TokenRow(
                name: say("grafana"), subject: say("dashboards"), role: say("reader"),
                models: say("http-*"),
                createdAt: SampleRegistry.at(90_000), createdBy: say("dana@corp.example"),
                expiresAt: SampleRegistry.at(100), isExpired: true),
        ]
    }

    // MARK: - Acts

    func act(_ act: PageAct) throws -> ActView {
        ActView(
            model: try SampleRegistry.model(), act: act, deployment: try registry.canary(),
            digest: act.version.map(SampleRegistry.digest), rollout: try trial.rollout(),
            liveSlots: 64,
            idempotencyKey: say("4be1"))
    }

    private func acts() throws -> [(String, ActView)] {
        var refused = try act(.rollbackTo(41))
        refused.deployment = try registry.deployment(24, stable: 41)
        refused.rollout = nil
        var overtaken = try act(.promote(42))
        overtaken.fault = error(.refused)
        overtaken.reason = say("proof is in")
        overtaken.cautions = [
            say("it reads fields, the stable version text"), say("no slot compared it"),
        ]
        overtaken.needsForce = true
        var signed = try act(.canary(42, try Share("25%")))
        signed.needsSignature = true
        var first = try act(.promote(1))
        first.deployment = nil
        first.rollout = nil
        return [
            ("act-widen", try act(.canary(42, try Share("25%")))), ("act-promote", overtaken),
            ("act-shadow", try act(.shadow(43, try Share("50%")))), ("act-abort", try act(.abort)),
            ("act-complete", try act(.complete)), ("act-refused", refused), ("act-signed", signed),
            ("act-first", first), ("act-pause", try act(.rollout(.pause))),
            ("act-skip", try act(.rollout(.skip))),
            ("act-rollout-abort", try act(.rollout(.abort))),
            ("act-approve", try act(.rollout(.approve))),
        ]
    }
}

/// Two versions side by side, as a hub would be told of them.
struct SampleDiff {
    let say: SampleTexts

    func diff() throws -> ArtifactDiff {
        let largest = [
            (13_233, 1.21, 2.41), (17_644, 1.4, 1.98), (22_055, -0.2, -1.77), (91, 0.4, 0.0),
        ]
        let document: JSONValue = [
            "before": "http-anomaly@41", "after": "http-anomaly@42",
            "beforeDigest": .string("\(SampleRegistry.digest(41))"),
            "afterDigest": .string("\(SampleRegistry.digest(42))"),
            "metadata": [
                [
                    "path": .string(say("metrics.auc")), "before": ["double": ["_0": 0.9912]],
                    "after": ["double": ["_0": 0.9931]],
                ],
                [
                    "path": .string(say("note")),
                    "before": ["string": ["_0": .string(say("C = 1"))]],
                ],
            ],
            "facts": [], "featurizer": [], "featurizerChanges": 0, "verdict": [],
            "weights": [
                "compared": [
                    "_0": [
                        "featureCount": 262_144, "changedCount": 18_211, "cosine": 0.9871,
                        "interceptBefore": -0.31, "interceptAfter": -0.34,
                        "weightBound": ["atMost": ["_0": 3.2]],
                        "largest": .array(
                            largest.map {
                                [
                                    "index": .int(Int64($0.0)), "before": .double($0.1),
                                    "after": .double($0.2),
                                ]
                            }),
                    ],
                    "names": [
                        "13233": [
                            "ngrams": [["text": .string(say("uni")), "isNegative": false]],
                            "more": 2,
                        ]
                    ],
                ]
            ],
            "conclusions": [
                .string(
                    say(
                        "no score can change by more than 3.23, since the features of an input have l2 norm 1"
                    )),
                .string(
                    say(
                        "a verdict can change only where the score of 41 is within 3.23 of the threshold, 0.125"
                    )),
            ],
        ]
        return try JSONDecoder().decode(ArtifactDiff.self, from: Data(document.bytes))
    }
}
