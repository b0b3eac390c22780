import Fleet
import Foundation
import Lifecycle
import Platform
import Registry
import TestSupport
import Testing

@testable import Operations

/// The use case of every command that changes a deployment: each step, and each that fails.
@Suite("a change of a deployment, from the request to the fleet")
struct FileBackendTests {
    private let fixture: ControlFixture
    private let brokers: FakeBrokers
    private let events = HeardEvents()

    init() throws {
        fixture = try ControlFixture()
        brokers = FakeBrokers(fixture.topic)
    }

    private func backend(signing: DeploymentSigning? = nil) -> FileBackend {
        let (brokers, events) = (brokers, events)
        return FileBackend(
            registry: fixture.path, brokers: { brokers }, signing: { _ in signing },
            for: Caller(author: "ada", hear: events.hear))
    }

    private func request(
        _ change: DeploymentChange<VersionSelector.Choice>, of model: ModelName? = nil,
        announcing: ChangeTerms.Announcing = .now, isWaiting: Bool = false
    ) -> ChangeRequest {
        var terms = ChangeTerms()
        terms.announcing = announcing
        if isWaiting { terms.waiting = ChangeTerms.Waiting(timeoutMs: 60_000) }
        return ChangeRequest(model: model ?? fixture.model, change: change, terms: terms)
    }

    @discardableResult
    private func promote(
        _ version: Int, announcing: ChangeTerms.Announcing = .now, isWaiting: Bool = false
    ) throws -> ChangeResult {
        try backend().change(
            request(.promote(.number(version)), announcing: announcing, isWaiting: isWaiting))
    }

    /// A slot that says something of itself at each poll.
    private func slot(_ say: @escaping (inout StatusRecord) -> Void) -> () -> [HeardStatus] {
        let model = fixture.model.description
        return {
            var record = StatusRecord(
                group: "g", slot: 0, total: 1, model: model,
                incarnation: .init(id: "x", startedAtMs: 1, host: "h", pid: 1), phase: .serving)
            record.sentAtMs = WallClock.nowMs
            say(&record)
            return [
                HeardStatus(slot: SlotID(group: "g", slot: 0), record: record, isOld: false)
            ]
        }
    }

    private func serves(_ epoch: Int64) -> () -> [HeardStatus] {
        slot {
            $0.serving = .init(
                epoch: epoch, stable: 1, candidate: nil, loadedMs: 1, firstPollAtMs: 5,
                boundaries: [:])
        }
    }

    // MARK: - Committed and announced

    @Test("it is committed under the author's name, announced, and told")
    func changes() throws {
        var asked = request(.promote(.number(2)))
        asked.terms.expectedEpoch = 0
        asked.terms.reason = "first"
        let result = try backend().change(asked)
        #expect(result.deployment.stable.version == 2 && result.deployment.epoch == 1)
        #expect(result.isAnnounced && result.fault == nil && result.committedAtMs != nil)
        #expect(result.already == nil && result.convergence == nil && result.others == nil)
        #expect(result.warnings == [])
        #expect(try fixture.announced()?.issuedBy == "ada")
        #expect(try fixture.announced()?.reason == "first")
        #expect(events.all == [])
    }

    @Test("said twice it changes nothing, and what was not announced is")
    func twice() throws {
        let first = try promote(1, announcing: .later)
        #expect(!first.isAnnounced && first.fault == nil && brokers.looks == 0)
        let again = try promote(1)
        #expect(again.already?.hasPrefix("promoting http-anomaly@1: ") == true)
        #expect(again.committedAtMs == nil && again.isAnnounced)
        #expect(again.deployment == first.deployment)
    }

    @Test("an alias is looked up where the change is made, and one that is not there is told")
    func alias() throws {
        let alias = try AliasName("champion")
        try fixture.registry.setAlias(
            alias, to: VersionReference(model: fixture.model, version: 3),
            note: ControlFixture.note)
        let result = try backend().change(request(.promote(.alias(alias))))
        #expect(result.deployment.stable.version == 3)
        let none = try AliasName("none")
        #expect { try backend().change(request(.rollbackTo(.alias(none)))) } throws: {
            code($0) == .notFound
        }
    }

    @Test("another model's change that waited is announced beside it")
    func others() throws {
        let other = try ModelName("other")
        try fixture.register("other", as: other)
        try fixture.change(.promote(1), of: other)
        #expect(try promote(1).others?.announced.map(\.model) == [other])
    }

    // MARK: - Refused, with nothing changed

    private func expectUnchanged() throws {
        #expect(try fixture.registry.deployment(of: fixture.model) == nil)
        #expect(try fixture.registry.pendingPublications() == [])
        #expect(fixture.topic.published.isEmpty)
    }

    @Test("no broker answers: nothing is changed, and the error tells what could be done")
    func away() throws {
        for code in [SwerveError.Code.unavailable, .timedOut] {
            brokers.absence = SwerveError(code, act: "looking", reason: "silence", remedy: "wait")
            let error = try #require(throws: SwerveError.self) { try promote(1) }
            #expect(error.code == .unavailable && error.reason.contains("nothing was changed"))
            #expect(error.problem == Problem(.brokersAway, [.remedy: "wait"]))
        }
        // What waiting does not mend is not left to later either.
        brokers.absence = SwerveError(.refused, act: "looking", reason: "no rights")
        let error = try #require(throws: SwerveError.self) { try promote(1) }
        #expect(error.code == .refused && error.problem == nil && !error.remedy.isEmpty)
        try expectUnchanged()
    }

    @Test("no broker is named: refused, unless it is to be announced later")
    func unnamed() throws {
        brokers.isNamed = false
        #expect { try promote(1) } throws: { code($0) == .usage }
        try expectUnchanged()
        #expect(try promote(1, announcing: .later).committedAtMs != nil)
        #expect(brokers.looks == 0)
    }

    @Test("what the registry refuses looks for no broker")
    func refused() throws {
        #expect { try promote(9) } throws: { code($0) == .notFound }
        var moved = request(.promote(.number(1)))
        moved.terms.expectedEpoch = 4
        #expect { try backend().change(moved) } throws: {
            ($0 as? SwerveError)?.problem?.kind == .epochMoved
        }
        #expect { try backend().change(request(.complete)) } throws: { code($0) == .refused }
        #expect(brokers.looks == 0)
        try expectUnchanged()
    }

    @Test(
        "what the workers' trust would refuse is not committed, at once or for later",
        arguments: [ChangeTerms.Announcing.now, .later])
    func untrusted(announcing: ChangeTerms.Announcing) throws {
        let keys = try ["ops", "stranger", "gone"].map { try SigningKey.generate(ModelName($0)) }
        for key in keys {
            try fixture.registry.addKey(
                key.name, publicKey: key.publicKey, roles: [.promote], note: ControlFixture.note)
        }
        func trusted(_ key: SigningKey, revokedAtMs: Int64? = nil) -> TrustedKey {
            TrustedKey(
                name: key.name.description, publicKey: key.publicKey, roles: [.promote],
                revokedAtMs: revokedAtMs)
        }
        brokers.trusted = TrustFile(keys: [trusted(keys[0]), trusted(keys[2], revokedAtMs: 1)])
        func signing(_ key: SigningKey) -> DeploymentSigning {
            DeploymentSigning(signer: key.signer, topic: fixture.topic.name, validMs: 60_000)
        }
        let cases: [(DeploymentSigning?, String)] = [
            (nil, "it is not signed"), (signing(keys[1]), "is not in the trust file"),
            (signing(keys[2]), "was revoked"),
        ]
        let promotion = request(.promote(.number(1)), announcing: announcing)
        let head = try fixture.registry.auditHead()
        for (signing, words) in cases {
            let error = try #require(throws: SwerveError.self) {
                try backend(signing: signing).change(promotion)
            }
            #expect(error.code == .refused && error.reason.contains(words), "\(error)")
            #expect(error.reason.contains("nothing was changed"))
            #expect(error.problem == Problem(.workersRefuse, [.model: "http-anomaly"]))
        }
        try expectUnchanged()
        #expect(try fixture.registry.auditHead() == head)
        let signed = try backend(signing: signing(keys[0])).change(promotion)
        #expect(signed.committedAtMs != nil && signed.isAnnounced == (announcing == .now))
        // The same signed anew by a stranger, and taken over by one.
        let republish = RepublishRequest(model: fixture.model, reason: "")
        let adopt = AdoptRequest(model: fixture.model, reason: "", isForced: true)
        let stranger = backend(signing: signing(keys[1]))
        #expect { try stranger.republish(republish) } throws: {
            ($0 as? SwerveError)?.problem?.kind == .workersRefuse
        }
        fixture.topic[fixture.model.description] = fixture.record(registry: "other", epoch: 41)
        #expect { try stranger.adopt(adopt) } throws: {
            ($0 as? SwerveError)?.problem?.kind == .workersRefuse
        }
        #expect(try fixture.registry.deployment(of: fixture.model) == signed.deployment)
    }

    // MARK: - Committed, and no further

    @Test("committed and not announced: the fault is told beside what was committed")
    func fault() throws {
        fixture.topic.fail(at: .publishing)
        let result = try promote(1, isWaiting: true)
        #expect(result.deployment.epoch == 1 && !result.isAnnounced)
        #expect(result.committedAtMs != nil && result.convergence == nil)
        let fault = try #require(result.fault)
        #expect(fault.code == .unavailable && fault.problem?.kind == .notAnnounced)
        #expect(fault.reason.contains("committed in the registry, but not announced"))
        // What does not pass by itself keeps its own remedy: somebody spoke after the look.
        fixture.topic.fail(at: nil)
        brokers.news = {
            fixture.topic[fixture.model.description] = fixture.record(registry: "other", epoch: 41)
            return []
        }
        let late = try promote(2, isWaiting: true)
        let refused = try #require(late.fault)
        #expect(refused.code == .refused && refused.problem?.kind == .topicSpokenFor)
        #expect(late.committedAtMs != nil && late.deployment.epoch == 2)
    }

    @Test("waiting: told of the commit first, of the fleet at the end")
    func converges() throws {
        brokers.news = serves(1)
        let result = try promote(1, isWaiting: true)
        #expect(result.convergence?.verdict == .converged)
        #expect(result.convergence?.convergedAtMs == 5)
        var told = result
        told.convergence = nil
        #expect(events.all == [.changed(told)])
    }

    @Test("waiting ends where it never converges: overtaken, or rejected by a slot")
    func neverConverges() throws {
        brokers.news = serves(7)
        #expect(try promote(1, isWaiting: true).convergence?.verdict == .overtaken(epoch: 7))
        brokers.news = slot {
            $0.rejected = .init(epoch: 2, reason: "bad model")
        }
        let rejected = try promote(2, isWaiting: true).convergence
        #expect(rejected?.verdict == .rejected(slot: "g/0", reason: "bad model"))
        #expect(rejected?.convergedAtMs == nil)
    }

    // MARK: - Candidates

    @Test("a candidate that nobody compared completes with a warning")
    func warns() throws {
        let share = try Share(tenThousandths: 500)
        try promote(1)
        _ = try backend().change(request(.canary(.number(2), share)))
        let result = try backend().change(request(.complete))
        #expect(result.warnings == [.comparedNothing(candidate: 2, stable: 1)])
        _ = try backend().change(request(.canary(.number(3), share), announcing: .later))
        let looks = brokers.looks
        #expect(
            try backend().change(request(.complete, announcing: .later)).warnings
                == [.comparisonsUnknown(candidate: 3)])
        #expect(brokers.looks == looks)
    }

    // MARK: - Announced again

    @Test("republish tells what is on the topic now, adopt what it took over")
    func announcesAgain() throws {
        try promote(1)
        fixture.topic[fixture.model.description] = nil
        let all = RepublishRequest(model: nil, reason: "")
        let again = try backend().republish(all)
        #expect(again.entries.map(\.epoch) == [1] && again.entries.first?.fault == nil)
        #expect(again.entries.first?.deployment?.stable.version == 1)
        fixture.topic[fixture.model.description] = fixture.record(registry: "other", epoch: 41)
        let refused = try backend().republish(all)
        #expect(refused.entries.first?.fault?.code == .refused)
        let adopt = AdoptRequest(model: fixture.model, reason: "ours", isForced: false)
        let adopted = try backend().adopt(adopt)
        #expect(adopted.deployment.epoch == 42 && adopted.fault == nil)
        #expect(adopted.disregardedEpoch == nil && adopted.others == nil)
        for away in [
            { _ = try backend().republish(all) }, { _ = try backend().adopt(adopt) },
        ] {
            brokers.absence = FakeControlTopic.outOfReach
            #expect { try away() } throws: {
                "\($0)".contains("nothing was changed") && code($0) == .unavailable
            }
        }
    }

    // MARK: - Slots that have seen more

    @Test("a registry that was restored beside a lost topic is warned, and adopts above the slots")
    func restored() throws {
        try promote(1)
        brokers.news = serves(4)
        #expect(try promote(2).warnings == [.slotAhead(slot: "g/0", epoch: 4)])
        #expect(try promote(2).warnings == [.slotAhead(slot: "g/0", epoch: 4)])
        let again = try backend().republish(RepublishRequest(model: fixture.model, reason: ""))
        #expect(again.entries.map(\.warning) == [.slotAhead(slot: "g/0", epoch: 4)])
        // The topic has this registry's own word, and still there is something to take over.
        let adopt = AdoptRequest(model: fixture.model, reason: "restored", isForced: false)
        let adopted = try backend().adopt(adopt)
        #expect(adopted.deployment.epoch == 5 && adopted.warnings == [])
        #expect(try fixture.announced()?.deployment == adopted.deployment)
        #expect { try backend().adopt(adopt) } throws: {
            ($0 as? SwerveError)?.problem?.kind == .adoptedAlready
        }
        brokers.news = serves(5)
        #expect(try promote(3).warnings == [])
    }

    @Test("an epoch without an honest history is not gone above, and is told")
    func implausible() throws {
        try promote(1)
        let highest = Int64(Limits.epoch)
        brokers.news = serves(highest)
        #expect(try promote(2).warnings == [.slotAhead(slot: "g/0", epoch: highest)])
        let adopted = try backend().adopt(
            AdoptRequest(model: fixture.model, reason: "", isForced: false, above: 7))
        #expect(adopted.deployment.epoch == 8)
        #expect(adopted.warnings == [.slotAhead(slot: "g/0", epoch: highest)])
    }

    @Test("another content under the registry's own epoch is gone above, too")
    func sameEpoch() throws {
        try promote(1)
        brokers.news = slot {
            $0.serving = .init(
                epoch: 1, stable: 9, candidate: nil, loadedMs: 1, firstPollAtMs: 5, boundaries: [:])
            $0.serving?.registry = "another"
        }
        let adopted = try backend().adopt(
            AdoptRequest(model: fixture.model, reason: "", isForced: false))
        #expect(adopted.deployment.epoch == 2 && adopted.warnings == [])
    }

    @Test("the status tells what the fleet runs, and notes a registry that cannot be read")
    func status() throws {
        try promote(1)
        brokers.news = serves(1)
        var shown: [FleetStatus] = []
        let request = StatusRequest(model: fixture.model, timeoutMs: 60_000)
        let never = { () throws(SwerveError) in false }
        try backend().status(request, isStopped: never) { shown.append($0) }
        #expect(shown.map(\.isConverged) == [true])
        let travelled = try JSONDecoder().decode(
            [FleetStatus].self, from: try JSONEncoder().encode(shown))
        #expect(travelled == shown)
        let lost = FileBackend(
            registry: fixture.folder.path("none.db"), brokers: { [brokers] in brokers },
            for: Caller(author: "ada", wording: { _ in "lost" }))
        try lost.status(request, isStopped: never) { shown.append($0) }
        guard case .model(let report) = shown.last else {
            Issue.record("no report of the model")
            return
        }
        #expect(report.notes == ["the registry is passed over: lost"])
        brokers.isNamed = false
        #expect { try lost.status(request, isStopped: never) { _ in } } throws: {
            code($0) == .usage
        }
    }

    @Test("a change reads the topic anew where it must: a look, before, and behind what it wrote")
    func readings() throws {
        try promote(1)
        #expect(fixture.topic.readings == 3)
        try promote(2, announcing: .later)
        #expect(fixture.topic.readings == 3)
    }
}
