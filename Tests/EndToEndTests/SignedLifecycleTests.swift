import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

@Suite("keys, signatures, settings and the audit from the command line", .serialized, .blocking)
struct SignedLifecycleTests {
    private let stream: TestStream

    init() throws {
        stream = try TestStream()
        try TestModels.register(2, in: stream)
    }

    private func key(_ name: String, _ roles: String...) throws -> String {
        let file = stream.folder.path("\(name).key")
        let made = try registry(
            ["keys", "generate", name, "--out", file] + roles.flatMap { ["--role", $0] })
        guard made.code == 0 else { throw Failure("\(made)") }
        return file
    }

    private func registry(_ arguments: [String]) throws -> Executable.Output {
        try Executable.run(
            arguments + ["--registry", stream.registry], folder: stream.folder.url)
    }

    private func setMode(_ path: String, _ mode: Int) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    private func newest() throws -> TopicRecord {
        try #require(try stream.readAll(stream.control, partitions: 1).last)
    }

    private func refused(_ arguments: [String], _ words: String, code: Int32 = 1) throws {
        let output = try stream.control(arguments)
        #expect(output.code == code && output.err.contains(words), "\(output)")
        #expect(output.err.split(separator: "\n").count == 1, "\(output)")
    }

    @Test("a promotion signed with a key is announced with its name and its signature")
    func signedPromotion() throws {
        let file = try key("ada", "promote")
        let output = try stream.control(["promote", "http-anomaly@1", "--sign-with", file])
        #expect(output.code == 0, "\(output)")
        let record = try newest()
        let json = try JSONValue(parsing: record.value ?? [], act: "test")
        #expect(json["issued_by"] == "ada")
        #expect(json["expires_at_ms"]?.int != nil)
        #expect(record.headers[RecordSignature.header]?.hasPrefix("ed25519 ada ") == true)
        // The environment signs too; without either, the record says that nobody was verified.
        let second = try Executable.run(
            [
                "rollback", "http-anomaly", "--to", "2", "--registry", stream.registry,
                "--bootstrap", stream.bootstrap, "--control-topic", stream.control,
            ], environment: ["SWERVE_SIGNING_KEY": file])
        #expect(second.code == 0, "\(second)")
        #expect(try newest().headers[RecordSignature.header] != nil)
        #expect(try stream.control(["promote", "http-anomaly@1"]).code == 0)
        let unsigned = try newest()
        #expect(unsigned.headers[RecordSignature.header] == nil)
        #expect(
            String(decoding: unsigned.value ?? [], as: UTF8.self).contains("(unverified)"))
        #expect(try stream.control(["audit", "verify"]).code == 0)
    }

    @Test("a key that may not sign is refused before anything changes")
    func refusals() throws {
        let promoter = try key("ada", "promote")
        let registrar = try key("bob", "register")
        #expect(try registry(["keys", "revoke", "ada", "--reason", "lost"]).code == 0)
        let promote = ["promote", "http-anomaly@1", "--sign-with"]
        try refused(promote + [promoter], "was revoked")
        try refused(promote + [registrar], "has the role register, not promote")
        try refused(promote + [stream.folder.path("none")], "No such file")
        try setMode(registrar, 0o644)
        try refused(promote + [registrar], "chmod 600")
        try setMode(registrar, 0o600)
        let sign = try registry(["sign", "http-anomaly@1", "--sign-with", registrar])
        #expect(sign.code == 0, "\(sign)")
        #expect(try registry(["history", "http-anomaly"]).out.isEmpty)
        let lines = try registry(["keys", "list", "--trust"]).out.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines[0].hasPrefix("ada promote ed25519:") && lines[0].contains(" revoked:20"))
        #expect(lines[1].hasPrefix("bob register ed25519:"))
        let again = try registry(["keys", "generate", "ada", "--role", "promote", "--out", "x"])
        #expect(again.code == 1 && again.err.contains("never used twice"), "\(again)")
        #expect(!FileManager.default.fileExists(atPath: stream.folder.path("x")))
    }

    @Test("a shadow is begun, widened, made a canary, completed, and dropped")
    func candidates() throws {
        func candidate(_ arguments: String...) throws -> JSONValue? {
            let output = try stream.control(arguments)
            guard output.code == 0 else { throw Failure("\(output)") }
            return try output.json()["candidate"]
        }
        try refused(["promote", "http-anomaly@2", "--shadow"], "no stable version")
        _ = try candidate("promote", "http-anomaly@1")
        #expect(try candidate("promote", "http-anomaly@2", "--shadow")?["share"] == 1)
        #expect(try candidate("promote", "http-anomaly@2", "--shadow", "20%")?["share"] == 0.2)
        #expect(try candidate("promote", "http-anomaly@2", "--canary", "5%")?["mode"] == "canary")
        try refused(
            ["promote", "http-anomaly@2", "--canary", "5%", "--shadow"], "exclude", code: 64)
        #expect(try candidate("abort", "http-anomaly") == .null)
        try refused(["abort", "http-anomaly"], "that is done already", code: 0)
        try refused(["complete", "http-anomaly"], "it has none")
        _ = try candidate("promote", "http-anomaly@2", "--shadow")
        let completed = try stream.control(["complete", "http-anomaly"]).json()
        #expect(completed["stable"]?["version"] == 2 && completed["previous"]?["version"] == 1)
    }

    @Test("settings change threshold and labels of a version that is live, and are checked first")
    func settings() throws {
        try refused(["settings", "http-anomaly"], "never promoted")
        #expect(try stream.control(["promote", "http-anomaly@1"]).code == 0)
        let present = try stream.control(["settings", "http-anomaly"]).json()
        #expect(present["threshold"] == 0 && present["labels"] == ["attack", "normal"])
        try refused(["settings", "http-anomaly", "--label", "bad=7"], "class '7'")
        try refused(["settings", "http-anomaly", "--threshold", "nan"], "finite", code: 64)
        try refused(["settings", "http-anomaly@2", "--threshold", "1"], "neither stable")
        let changed = try stream.control([
            "settings", "http-anomaly", "--threshold", "0.25", "--label", "bad=1",
        ])
        #expect(changed.code == 0, "\(changed)")
        #expect(try changed.json()["settings"]?["versions"]?["1"]?["threshold"] == 0.25)
        let now = try stream.control(["settings", "http-anomaly@1"]).json()
        #expect(now["threshold"] == 0.25 && now["labels"] == ["bad", "-1"])
        #expect(try stream.control(["settings", "http-anomaly", "--reset"]).code == 0)
        #expect(
            try stream.control(["settings", "http-anomaly"]).json()["settings"] == [:])
        try refused(["settings", "http-anomaly", "--reset"], "they are so already", code: 0)
    }

    @Test("history says what was live at a time, and who had made it so")
    func historyAt() throws {
        for version in [1, 2] {
            let output = try stream.control([
                "promote", "http-anomaly@\(version)", "--reason", "because \(version)",
            ])
            #expect(output.code == 0, "\(output)")
        }
        let entries = try registry(["history", "http-anomaly", "--json"]).json()["history"]?.array
        let first = try #require(entries?.first?["at"]?.string)
        let live = try registry(["history", "http-anomaly", "--at", first, "--json"]).json()["live"]
        #expect(live?["epoch"] == 1 && live?["reason"] == "because 1")
        let line = try registry(["history", "http-anomaly", "--at", "now"])
        #expect(line.out.contains("stable 2, previous 1  was stable 1"), "\(line)")
        let before = try registry(["history", "http-anomaly", "--at", "2020-01-01"])
        #expect(before.code == 0 && before.out.contains("nothing was live"), "\(before)")
        let wrong = try registry(["history", "http-anomaly", "--at", "tomorrow"])
        #expect(wrong.code == 64, "\(wrong)")
        let one = try registry(["history", "http-anomaly", "--limit", "1"])
        #expect(one.out.contains("epoch 2") && !one.out.contains("epoch 1,"), "\(one)")
    }

    @Test("a rewritten database is caught, by itself or against the control topic")
    func rewritten() throws {
        #expect(try stream.control(["promote", "http-anomaly@1"]).code == 0)
        // The command has ended, and with it the write-ahead log.
        let copy = stream.folder.path("copy.db")
        try FileManager.default.copyItem(atPath: stream.registry, toPath: copy)
        // Two copies, two pasts.
        #expect(
            try stream.control(["promote", "http-anomaly@2", "--reason", "the true one"]).code == 0)
        let other = [
            "promote", "http-anomaly@2", "--registry", copy, "--bootstrap", stream.bootstrap,
            "--control-topic", stream.control,
        ]
        let refused = try Executable.run(other)
        #expect(refused.code == 1 && refused.err.contains("nothing was changed"), "\(refused)")
        #expect(try Executable.run(other + ["--offline"]).code == 0)
        #expect(try Executable.run(["audit", "verify", "--registry", copy]).code == 0)
        let caught = try Executable.run([
            "audit", "verify", "--registry", copy, "--bootstrap", stream.bootstrap,
            "--control-topic", stream.control,
        ])
        #expect(caught.code == 1, "\(caught)")
        #expect(caught.out.contains("rewritten, or is another copy"), "\(caught)")
        #expect(caught.err.contains("1 finding"), "\(caught)")
        #expect(try stream.control(["audit", "verify"]).code == 0)
    }
}
