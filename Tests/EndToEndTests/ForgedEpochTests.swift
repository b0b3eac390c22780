import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// Forged control records with epochs above the registry's, and what operators can do about them.
@Suite("forged epochs, end to end", .serialized, .blocking)
struct ForgedEpochTests {
    /// A forger who knows all but the keys: the registry's id, the model, the digests.
    private func forge(_ office: Office, epoch: Int64) throws {
        let forge = try Forge(office.stream)
        let id = try office.run("registry", "id").trimmingCharacters(in: .whitespacesAndNewlines)
        try forge.write(try forge.value(Forge.Draft(epoch: epoch, version: 2, registry: id)))
        try office.trust()
    }

    private func served(trust: Bool) throws -> (office: Office, service: RunningProcess) {
        let office = try Office()
        let stream = office.stream
        let file = stream.folder.path("trust")
        try stream.writeConfiguration(
            at: "swerve.yaml", workers: 1, changes: trust ? "trust: \(file)" : "")
        let promoted = try stream.control(
            ["promote", "http-anomaly@1"] + (trust ? ["--sign-with", office.ops] : []))
        guard promoted.code == 0 else { throw Failure("\(promoted)") }
        let service = try stream.serve()
        _ = try office.serves(1, service)
        return (office, service)
    }

    @Test("a forged record of the highest epoch does not stop promotions where trust is named")
    func highest() throws {
        let (office, service) = try served(trust: true)
        let stream = office.stream
        try forge(office, epoch: Int64(Limits.epoch))
        let signed = ["--sign-with", office.ops]
        let waits = ["--wait", "--timeout", "60"]
        // Who does not say whom the workers trust is told how.
        let blind = try stream.controlElsewhere(["promote", "http-anomaly@2"] + signed)
        #expect(blind.code == 1, "\(blind)")
        #expect(blind.err.contains("--trust") && blind.err.contains("registry adopt"), "\(blind)")
        let adopting = try stream.controlElsewhere(
            ["registry", "adopt", "http-anomaly"] + signed)
        #expect(adopting.code == 1 && adopting.err.contains("--force"), "\(adopting)")
        let offline = try stream.controlElsewhere(
            ["promote", "http-anomaly@2", "--offline"] + signed)
        #expect(offline.code == 0, "\(offline)")
        // The change is in the registry; the next one that may speak announces it.
        let configured = try stream.control(
            ["rollback", "http-anomaly", "--config", stream.folder.path("swerve.yaml")] + signed
                + waits)
        #expect(configured.code == 0, "\(configured)")
        #expect(try configured.json()["converged"] == true)
        #expect(try office.serves(3, service).serving?.stable == 1)
        // By force, without the file, under the next epoch all the same.
        try forge(office, epoch: Int64(Limits.epoch) - 1)
        let forced = try stream.controlElsewhere(
            ["registry", "adopt", "http-anomaly", "--force"] + signed)
        #expect(forced.code == 0 && forced.err.contains("passed over"), "\(forced)")
        #expect(try forced.json()["epoch"]?.int == 4)
        let fourth = try office.serves(4, service)
        #expect(fourth.rejected == nil, "\(fourth)\n\(service.log)")
        // And status counts by the trust, too.
        try forge(office, epoch: Int64(Limits.epoch))
        let status = try stream.control(
            ["status", "http-anomaly", "--trust", stream.folder.path("trust")])
        #expect(try status.json()["target"]?["epoch"]?.int == 4, "\(status)")
        #expect(try status.json()["converged"] == true)
        #expect(try service.stop() == 0)
        // Nor do forgeries in the registry's name speak against its chain, where trust is named.
        let held = [
            "audit", "verify", "--registry", stream.registry, "--bootstrap", stream.bootstrap,
            "--control-topic", stream.control,
        ]
        let blindAudit = try Executable.run(held)
        #expect(blindAudit.code == 1, "\(blindAudit)")
        let audit = try Executable.run(held + ["--trust", stream.folder.path("trust")])
        #expect(audit.code == 0, "\(audit)")
        #expect(audit.err.contains("workers do not believe it: it is not signed"), "\(audit)")
    }

    @Test("a forgery of the next epoch, written first, does not make a promotion fail")
    func beforehand() throws {
        let (office, service) = try served(trust: true)
        let stream = office.stream
        try forge(office, epoch: 2)
        let told = try service.wait(for: "the refusal") {
            let slot = try office.slot()
            return slot?.rejected?.epoch == 2 ? slot : nil
        }
        #expect(told.serving?.epoch == 1 && told.ready)
        let promoted = try stream.control([
            "promote", "http-anomaly@2", "--trust", stream.folder.path("trust"), "--sign-with",
            office.ops, "--wait", "--timeout", "60",
        ])
        #expect(promoted.code == 0, "\(promoted)")
        #expect(try promoted.json()["converged"] == true && promoted.json()["epoch"]?.int == 2)
        let slot = try office.serves(2, service)
        #expect(slot.rejected == nil && slot.serving?.signedBy == "ops")
        // What a worker without state finds: the forgery first, honest word behind it, and then an
        // older signed record said again.
        let records = try stream.readAll(stream.control, partitions: 1)
        let first = try #require(records.first)
        try Forge(stream).write(
            first.value, signatures: [try #require(first.headers[RecordSignature.header])])
        try office.trust()
        #expect(try service.stop() == 0)
        try FileManager.default.removeItem(atPath: stream.folder.path("state"))
        let late = try stream.serve()
        #expect(try office.serves(2, late).serving?.stable == 2)
        #expect(try late.stop() == 0)
    }

    @Test("an unsigned fleet that believed one follows again once it is given trust and signatures")
    func unsignedFleet() throws {
        let (office, service) = try served(trust: false)
        let stream = office.stream
        let highest = Int64(Limits.epoch)
        try forge(office, epoch: highest)
        // Everybody is believed there.
        #expect(try office.serves(highest, service).serving?.stable == 2)
        let promoting = try stream.control(["promote", "http-anomaly@2"])
        #expect(promoting.code == 1 && promoting.err.contains("registry adopt"), "\(promoting)")
        #expect(
            try stream.control(["promote", "http-anomaly@2", "--offline"]).code == 0)
        let adopting = try stream.control(["registry", "adopt", "http-anomaly"])
        #expect(adopting.code == 1, "\(adopting)")
        for words in ["\(highest)", "trust", "state folders", "swerve republish http-anomaly"] {
            #expect(adopting.err.contains(words), "\(adopting)")
        }
        #expect(adopting.err.split(separator: "\n").count == 1, "\(adopting)")
        #expect(try service.stop() == 0)

        let trust = stream.folder.path("trust")
        try stream.writeConfiguration(at: "swerve.yaml", workers: 1, changes: "trust: \(trust)")
        let again = try stream.serve()
        let adopted = try stream.control([
            "registry", "adopt", "http-anomaly", "--trust", trust, "--sign-with", office.ops,
        ])
        #expect(adopted.code == 0, "\(adopted)")
        #expect(try adopted.json()["epoch"]?.int == 3)
        let slot = try office.serves(3, again)
        #expect(slot.serving?.signedBy == "ops" && slot.serving?.stable == 2)
        let next = try stream.control([
            "promote", "http-anomaly@1", "--trust", trust, "--sign-with", office.ops, "--wait",
        ])
        #expect(next.code == 0, "\(next)")
        #expect(try again.stop() == 0)
    }
}
