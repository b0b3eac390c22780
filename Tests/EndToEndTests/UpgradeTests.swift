import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing
import Verification

/// This release beside the one before it, in one fleet: on the way up and on the way back.
@Suite(
    "Two releases in one fleet, end to end", .serialized, .blocking,
    .enabled(if: Executable.previous != nil, "SWERVE_TEST_PREVIOUS names no older executable"))
struct UpgradeTests {
    /// Which of the two runs something.
    enum Release: CaseIterable {
        case older, newer
        var path: String { self == .newer ? Executable.path : Executable.previous ?? "" }
        var other: Release { self == .newer ? .older : .newer }
    }

    private func run(
        _ release: Release, _ arguments: [String], _ stream: TestStream
    ) throws -> Executable.Output {
        try Executable.run(arguments, folder: stream.folder.url, executable: release.path)
    }

    /// A command that speaks to registry and brokers.
    private func control(
        _ release: Release, _ arguments: [String], _ stream: TestStream
    ) throws -> Executable.Output {
        try run(
            release,
            arguments + [
                "--registry", stream.registry, "--bootstrap", stream.bootstrap, "--control-topic",
                stream.control, "--status-topic", stream.status, "--json",
            ], stream)
    }

    private func register(_ release: Release, version: Int, _ stream: TestStream) throws {
        let model = try stream.folder.write(
            "v\(version).model", TestModels.liblinear(seed: version))
        let spec = try stream.folder.write("spec.json", TestModels.spec)
        let output = try run(
            release,
            [
                "register", model, "--model", "http-anomaly", "--featurizer", spec, "--label",
                "attack=1", "--label", "normal=-1", "--registry", stream.registry,
            ], stream)
        #expect(output.code == 0, "\(output)")
    }

    /// Serves one slot of two; the older release knows no key of the newer one's.
    private func serve(
        _ release: Release, slot: Int, _ stream: TestStream
    ) throws -> RunningProcess {
        let text = try String(contentsOfFile: stream.folder.path("swerve.yaml"), encoding: .utf8)
        let older = text.replacingOccurrences(of: ", ledger: \(stream.ledger)", with: "")
        let name = "\(release).yaml"
        try stream.folder.write(name, release == .older ? older : text)
        return try RunningProcess(
            ["serve", "--config", stream.folder.path(name)],
            environment: ["SWERVE_SLOTS_FIRST": "\(slot)", "SWERVE_SLOTS_COUNT": "1"],
            folder: stream.folder.url, executable: release.path)
    }

    /// A change by one release, which waits for slots of both, and what both say of it.
    private func change(
        _ release: Release, _ arguments: [String], _ stream: TestStream, epoch: Int
    ) throws {
        let changed = try control(release, arguments + ["--wait", "--timeout", "60"], stream)
        #expect(changed.code == 0, "\(changed)")
        for reader in Release.allCases {
            let status = try control(
                reader, ["status", "http-anomaly", "--wait", "--timeout", "60"], stream)
            #expect(status.code == 0, "\(reader): \(status)")
            let slots = try status.json()["slots"]?.array ?? []
            #expect(slots.compactMap { $0["serving"]?["epoch"]?.int } == [epoch, epoch])
        }
    }

    @Test("slots of both, changed by both, upgraded and taken back under load")
    func mixed() throws {
        let stream = try TestStream()
        for version in 1...2 { try register(.older, version: version, stream) }
        let promoted = try control(.older, ["promote", "http-anomaly@1"], stream)
        #expect(promoted.code == 0, "\(promoted)")
        var services = [
            try serve(.older, slot: 0, stream), try serve(.newer, slot: 1, stream),
        ]
        let scene = Scene(stream: stream, service: services[0])
        try scene.waitForSlots(2)
        let feed = SteadyFeed(stream, rate: 500)
        try feed.awaitSent(100)
        try change(.newer, ["promote", "http-anomaly@2"], stream, epoch: 2)
        try feed.awaitSent(100)
        try change(.older, ["rollback", "http-anomaly"], stream, epoch: 3)
        try change(.older, ["promote", "http-anomaly@2", "--canary", "30%"], stream, epoch: 4)
        try feed.awaitSent(100)
        // The upgrade of one slot and the downgrade of the other: each takes up the other's folder.
        for (slot, release) in [(0, Release.newer), (1, .older)] {
            #expect(try services[slot].stop() == 0)
            services[slot] = try serve(release, slot: slot, stream)
            let served = Scene(stream: stream, service: services[slot])
            try served.waitForSlots(2)
            try feed.awaitSent(100)
        }
        try change(.older, ["promote", "http-anomaly@2"], stream, epoch: 5)
        try feed.awaitSent(100)
        try change(.newer, ["rollback", "http-anomaly"], stream, epoch: 6)
        try feed.awaitSent(100)
        try feed.stop()

        let reading = try TrialReading(stream)
        #expect(try reading.readUntilAnswered())
        for service in services {
            #expect(try service.stop() == 0, "\(service.log.suffix(3_000))")
        }
        try reading.readToEnds()
        let report = reading.report
        #expect(report.verdict == .kept && reading.outOfOrder == 0, "\(report.findings)")
    }

    @Test("a registry of the older serves the newer; the older then works on, or says what to do")
    func registry() throws {
        let stream = try TestStream()
        try register(.older, version: 1, stream)
        let promoted = try control(.older, ["promote", "http-anomaly@1", "--offline"], stream)
        #expect(promoted.code == 0, "\(promoted)")
        try register(.newer, version: 2, stream)
        let verified = try run(.newer, ["verify", "--registry", stream.registry], stream)
        #expect(verified.code == 0, "\(verified)")
        let audited = try run(.newer, ["audit", "verify", "--registry", stream.registry], stream)
        #expect(audited.code == 0, "\(audited)")
        let back = try run(.older, ["models", "--registry", stream.registry], stream)
        #expect(
            back.code == 0 && back.out.contains("1 … 2")
                || back.code == 1 && back.err.contains("made by a newer swerve"), "\(back)")
    }
}
