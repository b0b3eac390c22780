import GRDB
import Lifecycle
import Platform
import TestSupport
import Testing

@testable import Registry

@Suite("signed rollouts in the registry")
struct SignedRolloutTests {
    private static let note = ChangeNote(by: "unix", at: "2026-11-23T18:52:00.000Z", reason: "r")

    /// Version 1 of three is stable; ada may promote, loop may carry plans out.
    private struct Office {
        let fixture: Fixture
        let ada: SigningKey
        let loop: SigningKey

        init() throws {
            fixture = try Fixture(versions: 3)
            ada = try SigningKey.generate(ModelName("ada"))
            loop = try SigningKey.generate(ModelName("loop"))
            for (key, role) in [(ada, KeyRole.promote), (loop, .rollout)] {
                try fixture.registry.addKey(
                    key.name, publicKey: key.publicKey, roles: [role], note: Fixture.note)
            }
            _ = try fixture.registry.change(
                ChangeOrder(
                    .change(.promote(1)), of: fixture.model, note: note, signing: signing(ada)))
        }

        func signing(_ key: SigningKey) -> DeploymentSigning {
            DeploymentSigning(signer: key.signer, topic: "swerve.control", validMs: 3_600_000)
        }

        func order(
            _ change: DeploymentChange<Int>, expecting epoch: Int64, _ signing: DeploymentSigning
        ) -> ChangeOrder {
            ChangeOrder(
                .change(change), of: fixture.model, expectedEpoch: epoch, note: note,
                signing: signing)
        }

        /// A plan of whatever the deployment is.
        func mandate(by key: SigningKey) -> MandateSigning {
            MandateSigning(signing(key)) { deployment throws(SwerveError) in
                RolloutMandate(
                    model: deployment.model, stable: deployment.stable,
                    candidate: deployment.candidate?.deployed ?? deployment.stable,
                    previous: deployment.previous, salt: deployment.salt, bakeSalt: 9,
                    settings: deployment.settings,
                    steps: [.init(mode: .shadow, share: try Share("25%"))], bakeShare: nil,
                    fromEpoch: deployment.epoch, expiresAtMs: 1, retreatUntilMs: 2,
                    plan: deployment.stable.digest)
            }
        }

        func begin(mandate key: SigningKey? = nil) throws -> StoredRollout {
            let start = RolloutStart(
                of: fixture.model, candidate: 2, isObserved: false, plan: ["p": 1],
                state: ["s": 0], salt: nil, note: note, tellings: [],
                mandate: mandate(by: key ?? ada))
            return try fixture.registry.begin(
                start, order(.shadow(2, try Share("25%")), expecting: 1, signing(ada)),
                superseding: nil)
        }

        func next(_ stored: StoredRollout, mandate: MandateSigning? = nil) -> RolloutChange {
            RolloutChange(
                of: stored.mark, state: ["s": 1], salt: 7, isOver: false, note: note,
                mandate: mandate)
        }
    }

    @Test("a plan is signed with what begins, over the deployment that it makes")
    func begins() throws {
        let office = try Office()
        let stored = try office.begin()
        let signed = try #require(stored.mandate)
        let mandate = try RolloutMandate(signed.text.utf8)
        #expect(mandate.fromEpoch == 2 && mandate.candidate.version == 2)
        #expect(try office.fixture.registry.deployment(of: office.fixture.model)?.epoch == 2)
        let message = SignedMessage.rolloutPlan(
            topic: "swerve.control", registry: office.fixture.registry.id,
            key: Array(office.fixture.model.description.utf8), mandate: Array(signed.text.utf8))
        let signature = try RecordSignature(signed.signature)
        #expect(
            signed.signer == "ada"
                && SignatureCheck.isValid(
                    publicKey: office.ada.publicKey, message: message, signature: signature.bytes)
        )
        let head = try #require(try office.fixture.registry.auditHead())
        #expect(head.act == "sign-rollout" && head.by == "ada" && head.fields["rollout"] == 1)
        #expect(try office.fixture.findings() == [])
        // The record of the first step is ada's own, and needs no plan.
        let record = try office.fixture.registry.announcement(
            of: office.fixture.model, epoch: 2)
        #expect(record?.rollout == nil && record?.issuedBy == "ada")
    }

    @Test("a key that may not sign a plan changes nothing")
    func maySign() throws {
        let office = try Office()
        let stranger = try SigningKey.generate(ModelName("eve"))
        for (key, kind) in [(office.loop, Problem.Kind.keyLacksRole), (stranger, .signerNotFound)] {
            #expect {
                _ = try office.begin(mandate: key)
            } throws: { ($0 as? SwerveError)?.problem?.kind == kind }
        }
        #expect(try office.fixture.registry.rollout(of: office.fixture.model) == nil)
        #expect(try office.fixture.registry.deployment(of: office.fixture.model)?.epoch == 1)
        #expect(try office.fixture.registry.auditHead()?.act == "deploy")
    }

    @Test("what a controller announces carries the plan, and the names of both")
    func controller() throws {
        let office = try Office()
        let registry = office.fixture.registry
        let stored = try office.begin()
        let signing = office.signing(office.loop).asController(by: stored.mandate, validMs: 60_000)
        try registry.change(
            office.next(stored),
            office.order(.canary(2, try Share("1%")), expecting: 2, signing))
        let pending = try #require(try registry.pendingPublications().first)
        let record = try ControlRecord(
            key: office.fixture.model.description.utf8, value: pending.record)
        #expect(record.rollout == stored.mandate && record.issuedBy == "ada through loop")
        let issued = try #require(Timestamp.milliseconds(of: record.issuedAt))
        #expect(record.expiresAtMs == issued + 60_000)
        #expect(try RecordSignature(pending.signature ?? "").keyName == "loop")
        #expect(try registry.history(of: office.fixture.model).last?.note.by == "ada through loop")
        #expect(try office.fixture.findings() == [])
        // Neither key does what the other is for.
        let seen = try #require(try registry.rollout(of: office.fixture.model))
        let wrong = [
            office.signing(office.loop),
            office.signing(office.ada).asController(by: stored.mandate, validMs: 1),
        ]
        for signing in wrong {
            #expect {
                try registry.change(
                    office.next(seen),
                    office.order(.canary(2, try Share("2%")), expecting: 3, signing))
            } throws: { ($0 as? SwerveError)?.problem?.kind == .keyLacksRole }
        }
        #expect(try registry.deployment(of: office.fixture.model)?.epoch == 3)
    }

    @Test("a plan is signed anew with no change of the deployment, and the newest counts")
    func anew() throws {
        let office = try Office()
        let registry = office.fixture.registry
        let stored = try office.begin()
        _ = try registry.change(
            ChangeOrder(
                .change(.canary(2, try Share("50%"))), of: office.fixture.model, note: Self.note,
                signing: office.signing(office.ada)))
        try registry.change(office.next(stored, mandate: office.mandate(by: office.ada)))
        let seen = try #require(try registry.rollout(of: office.fixture.model))
        #expect(try RolloutMandate(try #require(seen.mandate).text.utf8).fromEpoch == 3)
        #expect(try registry.rollout(stored.id)?.mandate == seen.mandate)
        #expect(try registry.deployment(of: office.fixture.model)?.epoch == 3)
        #expect(try registry.auditHead()?.fields["signed"] == 2)
        #expect(try office.fixture.findings() == [])
        // Where making it fails, nothing is changed.
        let failing = MandateSigning(office.signing(office.ada)) { _ throws(SwerveError) in
            throw SwerveError(.refused, act: "a", reason: "no")
        }
        #expect(throws: SwerveError.self) {
            try registry.change(office.next(seen, mandate: failing))
        }
        #expect(try registry.rollout(of: office.fixture.model) == seen)
    }

    @Test(
        "signed plans never change, and the audit finds where they did",
        arguments: [
            (
                "UPDATE rollout_mandates SET mandate = '{}'",
                "signature 1 on the plan of rollout 1 has the plan"
            ),
            (
                "UPDATE rollout_mandates SET key_name = 'bob'",
                "signature 1 on the plan of rollout 1 has the key 'bob'"
            ),
            ("DELETE FROM rollout_mandates", "signature 1 on the plan of rollout 1 was removed"),
            (
                """
                INSERT INTO rollout_mandates SELECT rollout, 2, mandate, signature, topic,
                    key_name, signed_at FROM rollout_mandates
                """, "signature 2 on the plan of rollout 1 is in the registry, and no entry"
            ),
        ])
    func tampered(sql: String, words: String) throws {
        let office = try Office()
        _ = try office.begin()
        if !sql.contains("INSERT") {
            #expect(throws: DatabaseError.self) {
                try office.fixture.raw().write { try $0.execute(sql: sql) }
            }
        }
        try office.fixture.tamper(sql)
        let findings = try office.fixture.findings().map(\.description)
        #expect(findings.contains { $0.contains(words) }, "\(findings)")
    }

    @Test("the signature of an edited plan does not hold, whatever the entry was made to say")
    func edited() throws {
        let office = try Office()
        _ = try office.begin()
        try office.fixture.tamper(
            "UPDATE rollout_mandates SET mandate = json_set(mandate, '$.expires_at_ms', 99)")
        let text = try office.fixture.raw().read {
            try String.fetchOne($0, sql: "SELECT mandate FROM rollout_mandates") ?? ""
        }
        let digest = ContentHash.sha256(Array(text.utf8))
        let last = try #require(try office.fixture.registry.auditHead()?.sequence)
        try office.fixture.tamper(
            """
            UPDATE audit SET entry = json_set(entry, '$.mandate', '\(digest)')
            WHERE sequence = \(last)
            """)
        try office.fixture.rehash(from: last)
        let findings = try office.fixture.findings().map(\.description)
        #expect(
            findings.contains {
                $0.contains("signature 1 on the plan of rollout 1, of 'ada', does not hold")
            }, "\(findings)")
    }
}
