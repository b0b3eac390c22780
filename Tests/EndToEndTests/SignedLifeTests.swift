import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// Signed promotions and artifacts as an operator makes them, with the commands alone.
@Suite("Signed promotions, end to end", .serialized, .blocking)
struct SignedLifeTests {
    @Test("what is not signed is refused with the remedy, and the remedy helps")
    func life() throws {
        let office = try Office()
        let stream = office.stream
        try stream.writeConfiguration(
            at: "swerve.yaml", workers: 1,
            changes: "trust: \(stream.folder.path("trust"))\ntrust.artifacts: required")
        let service = try stream.serve()
        _ = try service.wait(for: "a slot that waits") {
            try office.slot()?.phase == .waiting ? true : nil
        }
        // The deployment is signed, its artifact is not.
        let first = try stream.control(
            ["promote", "http-anomaly@1", "--sign-with", office.ops, "--wait"])
        #expect(first.code == 1, "\(first)")
        #expect(first.err.contains("swerve sign http-anomaly@1"), "\(first)")
        try office.run("sign", "http-anomaly@1", "--sign-with", office.ci)
        let again = try stream.control(["republish", "http-anomaly", "--sign-with", office.ops])
        #expect(again.code == 0, "\(again)")
        #expect(try office.serves(2, service).serving?.signedBy == "ops")

        // The artifact is signed, the deployment is not: whoever knows the trust commits nothing.
        try office.run("sign", "http-anomaly@2", "--sign-with", office.ci)
        for more in [[], ["--offline"], ["--wait"]] {
            let unsigned = try stream.control(["promote", "http-anomaly@2"] + more)
            #expect(unsigned.code == 1, "\(unsigned)")
            #expect(unsigned.err.contains("nothing was changed"), "\(unsigned)")
            #expect(unsigned.err.contains("it is not signed"), "\(unsigned)")
            #expect(unsigned.err.contains("--sign-with"), "\(unsigned)")
        }
        // Somebody who does not know it commits epoch 3.
        let second = try stream.controlElsewhere(["promote", "http-anomaly@2", "--wait"])
        #expect(second.code == 1, "\(second)")
        #expect(second.err.contains("epoch 3 of http-anomaly: it is not signed"), "\(second)")
        #expect(second.err.contains("swerve republish http-anomaly --sign-with"), "\(second)")
        let signed = try stream.control(["republish", "http-anomaly", "--sign-with", office.ops])
        #expect(signed.code == 0, "\(signed)")
        let served = try office.serves(4, service)
        #expect(served.serving?.stable == 2 && served.serving?.signedBy == "ops")
        #expect(served.rejected == nil)
        try stream.send(stream.requests(0..<20))
        let predictions = try stream.read(stream.output) { $0.count >= 20 }.map(Prediction.init)
        #expect(predictions.allSatisfy { $0.epoch == 4 && $0.version == 2 })

        // Both keys are revoked: the restart of what is served needs neither.
        for key in ["ops", "ci"] { try office.run("keys", "revoke", key) }
        try office.trust()
        #expect(try service.stop() == 0)
        let restarted = try stream.serve()
        #expect(try office.serves(4, restarted).serving?.signedBy == "ops")
        #expect(try restarted.stop() == 0)
    }

    @Test("an unsigned fleet that turns trust on waits with the reason until it is signed once")
    func turnedOn() throws {
        let office = try Office()
        let stream = office.stream
        try stream.writeConfiguration(at: "swerve.yaml", workers: 1)
        #expect(try stream.control(["promote", "http-anomaly@1"]).code == 0)
        let before = try stream.serve()
        #expect(try office.serves(1, before).serving?.signedBy == nil)
        #expect(try before.stop() == 0)
        try stream.writeConfiguration(
            at: "swerve.yaml", workers: 1, changes: "trust: \(stream.folder.path("trust"))")
        let after = try stream.serve()
        let slot = try after.wait(for: "a slot that waits") {
            let slot = try office.slot()
            return slot?.phase == .waiting ? slot : nil
        }
        #expect(slot.serving == nil && slot.rejected?.epoch == 1)
        #expect(slot.rejected?.reason.contains("not signed") == true)
        try stream.send(stream.requests(0..<20))
        let signed = try stream.control(["republish", "http-anomaly", "--sign-with", office.ops])
        #expect(signed.code == 0, "\(signed)")
        #expect(try office.serves(2, after).serving?.signedBy == "ops")
        #expect(try stream.read(stream.output) { $0.count >= 20 }.count == 20)
        #expect(try after.stop() == 0)
    }
}
