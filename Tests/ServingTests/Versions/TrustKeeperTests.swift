import Foundation
import Lifecycle
import Platform
import Serving
import TestSupport
import Testing

/// The trust file on disk, with real keys.
@Suite("TrustKeeper")
struct TrustKeeperTests {
    private static let topic = "control"
    private static let nowMs: Int64 = 1_795_000_000_000

    /// A file, a key in it, and the lines that were warned of.
    private final class Fixture: Sendable {
        let folder: TemporaryFolder
        let key: SigningKey
        let warnings = Guarded<[String]>([])

        init() throws {
            folder = try TemporaryFolder()
            key = try SigningKey.generate(ModelName("ops"))
            try write("")
        }

        var path: String { folder.path("trust") }

        func line(_ more: String) -> String {
            let text = Data(key.publicKey).base64EncodedString()
            return "ops promote ed25519:\(text)\(more.isEmpty ? "" : " ")\(more)\n"
        }

        func write(_ more: String) throws { try folder.write("trust", Array(line(more).utf8)) }

        func keeper() throws -> TrustKeeper {
            try TrustKeeper(
                WorkerConfiguration.Trust(file: path, requiresSignedArtifacts: false),
                topic: TrustKeeperTests.topic, isDevelopment: false
            ) { [self] line in warnings.withLock { $0.append(line) } }
        }

        func judge(_ keeper: TrustKeeper) throws -> String {
            let made = ControlRecord(
                registry: "r", deployment: try TrackedRecords.record(3).deployment,
                issuedAt: "", issuedBy: "ops", reason: "",
                expiresAtMs: TrustKeeperTests.nowMs + 1)
            let signature = try key.signer.signature(
                over: SignedMessage.controlRecord(
                    topic: TrustKeeperTests.topic, registry: "r", key: TrackedRecords.key,
                    value: made.bytes))
            return try keeper.believe(
                Announcement(value: made.bytes, signature: signature.description),
                key: TrackedRecords.key, appended: .appended(TrustKeeperTests.nowMs)
            ).signer
        }
    }

    @Test("a revocation written into the file counts at the next judgement")
    func revocation() throws {
        let fixture = try Fixture()
        let keeper = try fixture.keeper()
        #expect(try fixture.judge(keeper) == "ops")
        try fixture.write("revoked:\(Timestamp.text(ofMs: Self.nowMs))")
        let error = try #require(throws: SwerveError.self) { try fixture.judge(keeper) }
        #expect(error.description.contains("'ops', which signed it, was revoked"))
        #expect(keeper.generation == 1 && keeper.fault == nil)
    }

    @Test(
        "a file that became garbled or went away changes nothing, is told once, and is taken up whole",
        arguments: ["garbled", "gone", "a folder", "cut off"])
    func fault(what: String) throws {
        let fixture = try Fixture()
        let keeper = try fixture.keeper()
        try FileManager.default.removeItem(atPath: fixture.path)
        switch what {
        case "garbled": try fixture.folder.write("trust", Array("ops root x\n".utf8))
        case "a folder": try StateFile.makeFolder(fixture.path)
        case "cut off": try fixture.folder.write("trust", Array(fixture.line("").utf8).dropLast())
        default: break
        }
        for _ in 0..<3 { #expect(try fixture.judge(keeper) == "ops") }
        let fault = try #require(keeper.fault)
        #expect(fault.contains(fixture.path) && fault.contains("as it was before"), "\(fault)")
        #expect(fixture.warnings.withLock { $0 } == [fault])
        try? FileManager.default.removeItem(atPath: fixture.path)
        try fixture.write("revoked:2020-01-01T00:00:00Z")
        keeper.refresh()
        #expect(keeper.fault == nil)
        #expect(throws: SwerveError.self) { try fixture.judge(keeper) }
    }

    @Test(
        "a file that cannot be read at the start is refused, with its line",
        arguments: [
            ("ops promote x\n", "line 1: 'x' is not a public key"),
            ("\nops nothing x\n", "line 2: 'nothing' is not a role"), ("", "no key"),
            // A point of small order: anybody can make signatures that fit it.
            (
                "ops promote ed25519:AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
                "not a public key"
            ),
        ])
    func start(text: String, words: String) throws {
        let fixture = try Fixture()
        try fixture.folder.write("trust", Array(text.utf8))
        let error = try #require(throws: SwerveError.self) { try fixture.keeper() }
        #expect(error.description.contains(words), "\(error)")
        #expect(error.description.contains(fixture.path))
        let missing = try #require(throws: SwerveError.self) {
            try TrustKeeper.check(fixture.folder.path("none"))
        }
        #expect(missing.code == .notFound)
    }
}
