import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// Services beside each other, and processes that speak for a slot which is not theirs.
@Suite("Neighbours, end to end", .serialized, .blocking)
struct NeighbourTests {
    @Test("two models in one folder, one group after another, never see each other's state")
    func oneFolder() throws {
        let scene = try Scene.served(versions: 2)
        let stream = scene.stream
        _ = try scene.change("promote", "http-anomaly@2")
        _ = try scene.change("promote", "http-anomaly@1")
        try stream.send(stream.requests(0..<100))
        _ = try scene.predictions(100)
        #expect(try scene.service.stop() == 0)

        // The same folder and the same slots; the model's own epochs begin at 1.
        try TestModels.registerAnother("web", seed: 9, in: stream)
        let promoted = try stream.control(["promote", "web@1"])
        #expect(try promoted.json()["epoch"]?.int == 1, "\(promoted)")
        try stream.writeConfiguration(at: "web.yaml", model: "web")
        let web = try stream.serve("web.yaml")
        try stream.send(stream.requests(100..<300))
        let predictions = try scene.predictions(300).filter { $0.json["model"] == "web" }
        #expect(predictions.count == 200)
        #expect(predictions.allSatisfy { $0.epoch == 1 && $0.version == 1 })
        #expect(try web.stop() == 0)

        // And a model that nobody has promoted is waited for, whatever lies in the folder.
        try stream.writeConfiguration(at: "none.yaml", model: "nosuch")
        let none = try stream.serve("none.yaml")
        try stream.send(stream.requests(300..<310))
        _ = try none.wait(for: "slots that wait") {
            none.log.contains("no deployment of nosuch yet") ? true : nil
        }
        #expect(try none.stop() == 0)
        let again = try stream.serve()
        let last = try scene.predictions(310).filter { $0.offset >= 0 && $0.json["id"] != nil }
        #expect(last.count == 310)
        #expect(last.filter { $0.json["model"] == "nosuch" }.isEmpty)
        #expect(last.filter { $0.epoch == 3 && $0.json["model"] == "http-anomaly" }.count == 110)
        #expect(try again.stop() == 0)
    }

    /// On a real broker, workers with fixed partitions ask it after each of the words; on the
    /// development broker they have no claim to ask for, and the words are told alone.
    @Test(
        "words on the status topic that speak for a slot end no worker, however many and new",
        arguments: ["static", "fixed"])
    func forgedWords(assignment: String) throws {
        let scene = try Scene.served(versions: 1, assignment: assignment)
        let stream = scene.stream
        let slots = try stream.read(stream.status, partitions: 1) { records in
            Set(records.map(\.key)).count >= 2
        }
        let writer = try TopicWriter(settings: stream.settings) { _, _ in }
        defer { writer.close() }
        var round = 0
        // Again and again: a worker reads the topic from where it stood at its start.
        _ = try scene.service.wait(for: "the words to be told") {
            round += 1
            for record in slots {
                let value = try Self.forged(record.value ?? [], "forged-\(round)")
                try writer.write(topic: stream.status, key: record.key, value: value)
            }
            try writer.flush(milliseconds: 10_000, act: "forging")
            let told = scene.service.log.components(separatedBy: "another process says").count - 1
            return told >= 10 ? true : nil
        }
        try stream.send(stream.requests(0..<200))
        #expect(try scene.predictions(200).count == 200)
        #expect(scene.service.log.components(separatedBy: "worker started").count == 3)
        #expect(!scene.service.log.contains("worker ended"))
        #expect(!scene.service.log.contains("without a claim"))
        #expect(try scene.service.stop() == 0)
    }

    @Test(
        "of two processes in one slot the brokers end the older one, and nothing is lost",
        .enabled(if: TestStream.realBootstrap != nil, "needs a broker that fences"),
        arguments: ["static", "fixed"])
    func twins(assignment: String) throws {
        let scene = try Scene.served(versions: 1, workers: 1, assignment: assignment)
        let stream = scene.stream
        try stream.send(stream.requests(0..<100))
        _ = try scene.predictions(100)
        try stream.writeConfiguration(
            at: "twin.yaml", workers: 1, assignment: assignment, state: "other")
        let twin = try stream.serve("twin.yaml")
        #expect(try scene.service.waitForExit() == 69)
        #expect(scene.service.log.contains("is taken by another process"))
        try stream.send(stream.requests(100..<300))
        let predictions = try scene.predictions(300)
        #expect(Set(predictions.map(\.source)).count == 300)
        #expect(try twin.stop() == 0)
    }

    @Test("a second service in one state folder ends, or follows the first where that one ends")
    func oneState() throws {
        let scene = try Scene.served(versions: 1, workers: 1)
        let stream = scene.stream
        try stream.send(stream.requests(0..<100))
        _ = try scene.predictions(100)
        let refused = try stream.serve()
        #expect(try refused.waitForExit() == 1)
        let words = "state folder \(stream.folder.path("state")) is in use: the slot is held by "
        #expect(refused.log.contains(words + "process \(scene.service.pid)"), "\(refused.log)")
        // A restart in place, begun too early.
        let next = try stream.serve()
        _ = try next.wait(for: "the wait") {
            next.log.contains("waiting up to 10 s for its end") ? true : nil
        }
        #expect(try scene.service.stop() == 0)
        try stream.send(stream.requests(100..<300))
        let predictions = try scene.predictions(300)
        #expect(Set(predictions.map(\.source)).count == 300)
        #expect(try next.stop() == 0)
    }

    @Test(
        "a slot that waits to hear where its partitions begin ends for a newer process in it",
        .enabled(if: TestStream.realBootstrap != nil, "needs a broker that fences"))
    func twinsThatWait() throws {
        let stream = try TestStream()
        try TestModels.register(1, in: stream)
        let promoted = try stream.control(["promote", "http-anomaly@1"])
        #expect(promoted.code == 0, "\(promoted)")
        func wait(_ name: String, state: String) throws -> RunningProcess {
            try stream.writeConfiguration(at: name, assignment: "fixed", state: state)
            // Nobody is slot 0, which says where all partitions begin.
            let service = try stream.serve(
                name,
                environment: [
                    "SWERVE_START": "latest", "SWERVE_SLOTS_FIRST": "1", "SWERVE_SLOTS_COUNT": "1",
                ])
            return try service.wait(for: "the question") {
                service.log.contains("waiting for the member with partition 0") ? service : nil
            }
        }
        let older = try wait("older.yaml", state: "older")
        let newer = try wait("newer.yaml", state: "newer")
        #expect(try older.waitForExit() == 69)
        #expect(older.log.contains("is taken by another process"), "\(older.log)")
        #expect(try newer.stop() == 0)
    }

    @Test(
        "of two processes in one slot that no broker ends, both say so, and status exits with 2",
        .enabled(if: TestStream.realBootstrap == nil, "a real broker ends the older one"))
    func unfenced() throws {
        let scene = try Scene.served(versions: 1, workers: 1, assignment: "fixed")
        let stream = scene.stream
        try stream.writeConfiguration(
            at: "twin.yaml", workers: 1, assignment: "fixed", state: "other")
        let second = try stream.serve("twin.yaml")
        for service in [scene.service, second] {
            _ = try service.wait(for: "the other to be told") {
                service.log.contains("no broker ends either of them") ? true : nil
            }
        }
        for arguments in [["status", "http-anomaly"], ["status"]] {
            let output = try stream.control(arguments)
            #expect(output.code == 2, "\(output)")
            #expect(output.out.contains("two processes claim it"), "\(output)")
        }
        #expect(try second.stop() == 0)
        let alone = try stream.control(["status", "http-anomaly", "--wait"])
        #expect(alone.code == 0, "\(alone)")
        #expect(try scene.service.stop() == 0)
    }

    /// What another process in the slot would say, with a time that no clock has reached.
    private static func forged(_ value: [UInt8], _ id: String) throws -> [UInt8] {
        guard case .object(var fields) = try JSONValue(parsing: value, act: "reading a status")
        else { throw Failure("no status") }
        fields["incarnation"] = [
            "id": .string(id), "started_at_ms": .int(Int64.max / 2), "host": "elsewhere", "pid": 1,
        ]
        return JSONValue.object(fields).bytes
    }
}
