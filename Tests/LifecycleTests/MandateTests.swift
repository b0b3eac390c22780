import Lifecycle
import Testing

@Suite("mandates: what a controller's key is believed for")
struct MandateTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let what: String
        /// Words of the refusal; nil where the record is believed.
        var refusal: String?
        let change: @Sendable (inout ControllerDraft) throws -> Void
        var testDescription: String { what }

        init(
            _ what: String, _ refusal: String? = nil,
            _ change: @escaping @Sendable (inout ControllerDraft) throws -> Void
        ) {
            self.what = what
            self.refusal = refusal
            self.change = change
        }
    }

    static let now = ControllerDraft.nowMs

    static let believed = [
        Row("a canary of the plan") { _ in },
        Row("its shadow") { $0.state(try Examples.shadow(8, 2_500), previous: 6) },
        Row("without the version before") { $0.state(try Examples.canary(8, 500)) },
        Row("the candidate dropped") { $0.state(previous: 6) },
        Row("the candidate promoted") { $0.state(stable: 8, previous: 7) },
        Row("the bake") {
            $0.state(stable: 8, try Examples.shadow(7, 1_000), previous: 7, salt: 9)
        },
        Row("the bake's end") { $0.state(stable: 8, previous: 7, salt: 9) },
        Row("back from the bake") { $0.state(salt: 9) },
        Row("at the very end of its time") {
            ($0.appendedAtMs, $0.expiresAtMs) = (now + 3_600_000, now + 3_600_000)
        },
        Row("a retreat behind it") {
            $0.state(salt: 9)
            ($0.appendedAtMs, $0.expiresAtMs) = (now + 7_200_000, now + 7_200_000)
        },
        Row("the last epoch that it reaches") {
            $0.deployment = $0.deployment.with($0.deployment.settings, epoch: 10_011)
        },
        Row("before the person's key was revoked") {
            ($0.person, $0.appendedAtMs) = (("late", 3), now - 1)
        },
        Row("before the controller's key was revoked") {
            ($0.controller, $0.appendedAtMs) = (("gone-loop", 7), now - 1)
        },
    ]

    static let refused = [
        Row("without a plan", "carries no plan") { $0.isCarried = false },
        Row("a plan of garbage", "not understood here: not JSON") { draft in
            draft.carried = try signed("{", by: "ops", 1)
        },
        Row("a plan of another schema", "its schema is not 1") { draft in
            draft.carried = try signed(#"{"schema":2}"#, by: "ops", 1)
        },
        Row("a plan with what only a newer swerve knows", "'zones' is not known here") { draft in
            var fields = draft.mandate.json.object ?? [:]
            fields["zones"] = ["a"]
            draft.carried = try signed(JSONValue.object(fields).text, by: "ops", 1)
        },
        Row("a signature of garbage", "signature of its plan is garbled") {
            $0.carried = SignedMandate(text: "{}", signature: "ed25519 ops")
        },
        Row("a plan that nobody known signed", "key 'mallory', which signed its plan, is not") {
            $0.person = ("mallory", 9)
        },
        Row("a plan under another's name", "the signature is not that key's") {
            $0.person = ("ops", 9)
        },
        Row("a plan that the controller signed itself", "key 'loop', which signed its plan, has") {
            $0.person = ("loop", 6)
        },
        Row("a plan that a registrar signed", "key 'ci', which signed its plan, has not") {
            $0.person = ("ci", 2)
        },
        Row("a worker's key", "has not the role promote") { $0.controller = ("fleet", 8) },
        Row("a plan for another topic", "not that key's") { $0.topic = "other" },
        Row("a plan for another registry", "not that key's") { $0.registry = "r2" },
        Row("a plan that is signed for another key", "not that key's") { $0.key = "other" },
        Row("a plan of another model", "it is other's") {
            $0.mandate = $0.mandate.with(model: try ModelName("other"))
        },
        Row("the person's key revoked at that moment", "key 'late', which signed its plan, was") {
            $0.person = ("late", 3)
        },
        Row("the controller's key revoked at that moment", "'gone-loop', which signed it, was") {
            $0.controller = ("gone-loop", 7)
        },
        Row("without an expiry", "without a time") { $0.expiresAtMs = nil },
        Row("behind the plan's time", "allowed it until") {
            ($0.appendedAtMs, $0.expiresAtMs) = (now + 3_600_001, now + 3_600_001)
        },
        Row("a retreat behind its time", "allowed it until") {
            $0.state(salt: 9)
            ($0.appendedAtMs, $0.expiresAtMs) = (now + 7_200_001, now + 7_200_001)
        },
        Row("holding for longer than the plan", "later than the plan") {
            $0.expiresAtMs = now + 3_600_001
        },
        Row("at the epoch of the signature", "signed at epoch 12") {
            $0.mandate = $0.mandate.with(from: 12)
        },
        Row("an epoch that no rollout reaches", "for at most 10000") {
            $0.deployment = $0.deployment.with($0.deployment.settings, epoch: 10_012)
        },
        Row("the highest epoch", "for at most 10000") {
            $0.deployment = $0.deployment.with(
                $0.deployment.settings, epoch: Int64(Limits.epoch))
        },
        Row("another share", "no step of the plan is a canary at 6%") {
            $0.state(try Examples.canary(8, 600))
        },
        Row("the share of a shadow as a canary", "no step of the plan is a canary at 25%") {
            $0.state(try Examples.canary(8, 2_500))
        },
        Row("another candidate", "versions are not those") {
            $0.state(try Examples.canary(9, 500))
        },
        Row("another stable version", "versions are not those") {
            $0.state(stable: 6, try Examples.canary(8, 500))
        },
        Row("another version alone", "the stable version is not one") { $0.state(stable: 9) },
        Row("the version before it alone", "the stable version is not one") { $0.state(stable: 6) },
        Row("the candidate's number with other bytes", "versions are not those") {
            let other = DeployedVersion(version: 8, digest: Examples.version(1).digest)
            $0.state(
                Candidate(deployed: other, mode: .canary, share: try Share("5%")), previous: 6)
        },
        Row("the bake as a canary", "no step of the plan is a canary") {
            $0.state(stable: 8, try Examples.canary(7, 1_000), salt: 9)
        },
        Row("the bake at another share", "no step of the plan is a shadow at 11%") {
            $0.state(stable: 8, try Examples.shadow(7, 1_100), salt: 9)
        },
        Row("a bake where there is none", "no step of the plan is a shadow") {
            $0.mandate = $0.mandate.with(bakeShare: .some(nil))
            $0.state(stable: 8, try Examples.shadow(7, 1_000), salt: 9)
        },
        Row("another salt", "the salt is not the one") {
            $0.state(try Examples.canary(8, 500), salt: 8)
        },
        Row("the bake's salt at a step", "the salt is not the one") {
            $0.state(try Examples.canary(8, 500), salt: 9)
        },
        Row("another salt without a candidate", "the salt is not one") { $0.state(salt: 8) },
        Row("another version before it", "the previous version is neither") {
            $0.state(try Examples.canary(8, 500), previous: 5)
        },
        Row("another threshold", "settings are not those") {
            $0.deployment = $0.deployment.with(
                DeploymentSettings([7: VersionSettings(threshold: 0.6)]))
        },
        Row("settings of the candidate's own", "settings are not those") {
            var settings = $0.mandate.settings
            settings[8] = VersionSettings(threshold: 0)
            $0.deployment = $0.deployment.with(settings)
        },
        Row("other labels as alerts", "settings are not those") {
            var settings = $0.deployment.settings
            settings.alerts = ["normal"]
            $0.deployment = $0.deployment.with(settings)
        },
        Row("settings that nobody here knows", "settings are not those") {
            $0.deployment = $0.deployment.with(
                try DeploymentSettings(
                    ["versions": ["7": ["threshold": 0.5, "zone": 1]]], act: "a"))
        },
    ]

    static func signed(_ text: String, by name: String, _ key: UInt8) throws -> SignedMandate {
        let message = SignedMessage.rolloutPlan(
            topic: TrustPolicyTests.topic, registry: "r1", key: Array(ControllerDraft.model.utf8),
            mandate: Array(text.utf8))
        let signature = RecordSignature(keyName: name, bytes: TrustPolicyTests.sign(key, message))
        return SignedMandate(text: text, signature: signature.description)
    }

    @Test("what the plan allows is believed on the controller's word", arguments: believed)
    func believes(row: Row) throws {
        var draft = try ControllerDraft()
        try row.change(&draft)
        #expect(try draft.believe() == draft.controller.0)
    }

    @Test("what it does not allow is refused with its reason", arguments: refused)
    func refuses(row: Row) throws {
        var draft = try ControllerDraft()
        try row.change(&draft)
        let error = try #require(throws: SwerveError.self) { try draft.believe() }
        #expect(error.code == .refused && !error.isRetryable)
        #expect(error.description.contains(row.refusal ?? "?"), "\(error)")
        #expect(error.description.contains("believing a record of http-anomaly"))
        #expect(error.description.utf8.count < 600)
    }

    @Test("a person's key needs no plan, and may say what no plan does")
    func person() throws {
        var draft = try ControllerDraft()
        draft.controller = ("ops", 1)
        draft.isCarried = false
        draft.state(stable: 9)
        #expect(try draft.believe() == "ops")
    }

    @Test("a mandate is read as it was signed, and a record with it too")
    func roundTrip() throws {
        let draft = try ControllerDraft()
        let mandate = draft.mandate
        #expect(try RolloutMandate(mandate.json.bytes) == mandate)
        #expect(try RolloutMandate(mandate.json.bytes).json.bytes == mandate.json.bytes)
        let record = try draft.record()
        let key = Array(ControllerDraft.model.utf8)
        let read = try ControlRecord(key: key, value: record.bytes)
        #expect(read.rollout == record.rollout && read.bytes == record.bytes)
        #expect(read.schema == ControlRecord.plainSchema && read.rollout?.signer == "ops")
        // What is no plan hinders nobody who asks for no signature.
        let foreign = Array(
            String(decoding: record.bytes, as: UTF8.self).replacing(
                #""signature":"#, with: #""x":"#
            )
            .utf8)
        #expect(try ControlRecord(key: key, value: foreign).rollout == nil)
    }

    @Test(
        "a mandate that is none is refused",
        arguments: [
            "", "[]", "{}", #"{"schema":1}"#, #"{"schema":"1"}"#,
            String(repeating: " ", count: 96 << 10) + "{}",
        ])
    func garbage(text: String) {
        #expect(throws: SwerveError.self) { try RolloutMandate(text.utf8) }
    }

    @Test("each field is needed, but for those that may be absent, and of no other kind")
    func fields() throws {
        let fields = try #require(try ControllerDraft().mandate.json.object)
        for name in fields.keys {
            for value in [JSONValue.null, "?", -1, 1.5, [:], []] {
                var changed = fields
                changed[name] = value
                if name == "settings", value == .null || value == [:] { continue }
                #expect(throws: SwerveError.self, "\(name) \(value.text)") {
                    try RolloutMandate(JSONValue.object(changed).bytes)
                }
            }
            var without = fields
            without[name] = nil
            let isOptional = ["previous", "bake_share", "settings"].contains(name)
            let read = try? RolloutMandate(JSONValue.object(without).bytes)
            #expect((read != nil) == isOptional, "\(name)")
        }
        var same = fields
        same["candidate"] = fields["stable"]
        #expect(throws: SwerveError.self) { try RolloutMandate(JSONValue.object(same).bytes) }
        var early = fields
        early["retreat_until_ms"] = .int(ControllerDraft.nowMs)
        #expect(throws: SwerveError.self) { try RolloutMandate(JSONValue.object(early).bytes) }
    }

    @Test("a person's later record ends a mandate, and another mandate ends it too")
    func ends() throws {
        var draft = try ControllerDraft()
        let record = try draft.record()
        func spoken(_ epoch: Int64) throws -> ControlRecord {
            ControlRecord(
                registry: "r1", deployment: try Examples.deployment(epoch: epoch, stable: 7),
                issuedAt: "", issuedBy: "ops", reason: "")
        }
        // Nothing heard before; the very epoch of the signature; one below it.
        #expect(record.endOfMandate(behind: nil) == nil)
        #expect(record.endOfMandate(behind: try spoken(11)) == nil)
        #expect(record.endOfMandate(behind: try spoken(3)) == nil)
        #expect(record.endOfMandate(behind: try spoken(12))?.contains("epoch 12") == true)
        // Its own records end it never.
        draft.deployment = draft.deployment.with(draft.deployment.settings, epoch: 500)
        #expect(record.endOfMandate(behind: try draft.record()) == nil)
        // One that was signed behind it, and has spoken.
        draft.mandate = draft.mandate.with(from: 400)
        #expect(record.endOfMandate(behind: try draft.record()) != nil)
        #expect(try draft.record().endOfMandate(behind: record) == nil)
        // What a person says has no plan that could be over.
        #expect(try spoken(13).endOfMandate(behind: record) == nil)
    }
}
