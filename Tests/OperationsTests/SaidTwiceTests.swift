import Lifecycle
import Platform
import Registry
import TestSupport
import Testing

@testable import Operations

/// Pipelines run their commands again: what is so already is no failure, and what was not announced
/// is announced by the next that can.
@Suite("a change that is asked for again")
struct SaidTwiceTests {
    private let fixture: ControlFixture

    init() throws {
        fixture = try ControlFixture()
        share = try Share(tenThousandths: 500)
    }

    private func change(
        _ request: DeploymentChange<Int>, expectedEpoch: Int64? = nil, offline: Bool = false,
        signing: DeploymentSigning? = nil
    ) throws -> Promoter.Outcome {
        try Promoter(registry: fixture.registry, relay: offline ? nil : fixture.relay).change(
            ChangeOrder(
                .change(request), of: fixture.model, expectedEpoch: expectedEpoch,
                note: ControlFixture.note, freshSalt: 7, signing: signing))
    }

    private let share: Share

    @Test("it is told so, the epoch stays, and it is on the topic")
    func twice() throws {
        let requests: [(DeploymentChange<Int>, String)] = [
            (.promote(1), "stable already"), (.canary(2, share), "runs already"),
            (.complete, "done already"), (.shadow(3, share), "runs already"),
            (.abort, "done already"),
            (.settings(2, VersionSettings(threshold: 0.5), isReset: false), "so already"),
            (.alerts(["probe"]), "so already"),
            (.rollbackTo(1), "live already"),
        ]
        for (index, (request, words)) in requests.enumerated() {
            let first = try change(request)
            #expect(first.deployment.epoch == Int64(index + 1) && first.already == nil)
            let again = try change(request, expectedEpoch: Int64(index))
            try again.check()
            #expect(again.already?.contains(words) == true, "\(request)")
            #expect(again.deployment == first.deployment && again.committedAtMs == nil)
            #expect(again.isAnnounced && again.record == first.record)
            #expect(first.isNewlyAnnounced && !again.isNewlyAnnounced)
        }
        #expect(fixture.topic.published.count == requests.count)
    }

    @Test("what could not be announced is, whatever the step was", arguments: [true, false])
    func unannounced(offline: Bool) throws {
        let requests: [DeploymentChange<Int>] = [
            .promote(1), .canary(2, share), .rollback, .promote(3), .rollback,
        ]
        for request in requests {
            if !offline { fixture.topic.fail(at: .publishing) }
            let first = try change(request, offline: offline)
            #expect(!first.isAnnounced && !first.isNewlyAnnounced)
            #expect((first.fault == nil) == offline)
            fixture.topic.fail(at: nil)
            let again = try change(request)
            try again.check()
            #expect(again.deployment == first.deployment && again.isAnnounced, "\(request)")
            #expect(again.isNewlyAnnounced)
            #expect(try fixture.announced()?.deployment == first.deployment)
        }
    }

    @Test("a rollback that was announced is not taken for said twice")
    func rollback() throws {
        for request in [.promote(1), .promote(2), .canary(3, share)] as [DeploymentChange<Int>] {
            _ = try change(request)
        }
        #expect(try change(.rollback).deployment.candidate == nil)
        #expect(try change(.rollback).deployment.stable.version == 1)
        #expect { try change(.rollback) } throws: { code($0) == .refused }
    }

    @Test("a later change of another model announces it")
    func otherModel() throws {
        let other = try ModelName("other")
        try fixture.register("other", as: other)
        _ = try change(.promote(1), offline: true)
        let outcome = try fixture.promoter.change(
            ChangeOrder(.change(.promote(1)), of: other, note: ControlFixture.note, freshSalt: 1))
        try outcome.check()
        #expect(try fixture.announced()?.deployment.stable.version == 1)
    }

    @Test("an epoch that was not the one decided upon is refused, said twice or not")
    func expected() throws {
        for number in 1...3 { _ = try change(.promote(number)) }
        #expect { try change(.promote(3), expectedEpoch: 1) } throws: { code($0) == .refused }
        #expect(try change(.promote(3), expectedEpoch: 2).already != nil)
        #expect(try change(.promote(3), expectedEpoch: 3).already != nil)
    }

    @Test("signed anew where it is unsigned, another's or for another topic, and once")
    func signing() throws {
        let keys = try ["ada", "bob"].map { try SigningKey.generate(ModelName($0)) }
        for key in keys {
            try fixture.registry.addKey(
                key.name, publicKey: key.publicKey, roles: [.promote], note: ControlFixture.note)
        }
        func signing(_ key: SigningKey, topic: String? = nil) -> DeploymentSigning {
            DeploymentSigning(
                signer: key.signer, topic: topic ?? fixture.topic.name, validMs: 86_400_000_000_000)
        }
        _ = try change(.promote(1))
        for (index, key) in keys.enumerated() {
            let signed = try change(.promote(1), signing: signing(key))
            try signed.check()
            #expect(signed.deployment.epoch == Int64(index + 2) && signed.committedAtMs != nil)
            let again = try change(.promote(1), signing: signing(key))
            #expect(again.already != nil && again.deployment == signed.deployment)
        }
        // Unsigned once more: what stands is signed, and stays.
        #expect(try change(.promote(1)).deployment.epoch == 3)
        #expect(
            try change(.promote(1), offline: true, signing: signing(keys[1], topic: "elsewhere"))
                .deployment.epoch == 4)
    }
}
