import Foundation
import Lifecycle
import TestSupport
import Testing

/// The hub from the outside: the API over HTTP, two processes, kills, and commands beside it.
@Suite("The hub, end to end", .serialized, .blocking)
struct HubEndToEndTests {
    private static func change(_ kind: String, _ version: Int? = nil) -> String {
        let version = version.map { #", "version": \#($0)"# } ?? ""
        return #"{"change": {"kind": "\#(kind)"\#(version)}, "announcing": "now", "#
            + #""reason": "by HTTP"}"#
    }

    @Test(
        "the life of a deployment by HTTP; a second hub follows, and takes over from a killed one")
    func life() throws {
        let stream = try TestStream()
        try TestModels.register(2, in: stream)
        let first = try RunningHub(stream)
        try first.waitUntilItLeads()
        let second = try RunningHub(stream)

        // Promoted, and announced.
        let promoted = try first.ask(
            "POST", "/v1/models/http-anomaly/deployment", Self.change("promote", 1))
        #expect(promoted.status == 200, "\(promoted)")
        #expect(promoted.document["is_announced"] == true, "\(promoted)")
        #expect(promoted.document["deployment"]?["epoch"] == 1)
        // On the condition of an epoch that has moved on.
        let late = try first.ask(
            "POST", "/v1/models/http-anomaly/deployment", Self.change("promote", 2),
            fields: ["If-Match: \"0\""])
        #expect(late.status == 412 && late.document["code"] == "epoch-moved", "\(late)")

        // The second answers reads, and changes nothing.
        let read = try second.ask("GET", "/v1/models/http-anomaly")
        #expect(read.status == 200 && read.document["deployment"]?["epoch"] == 1, "\(read)")
        let refused = try second.ask(
            "POST", "/v1/models/http-anomaly/deployment", Self.change("promote", 2))
        #expect(
            refused.status == 503 && refused.document["code"] == "hub-not-leading", "\(refused)")

        // Nor does a command, unless it breaks the glass.
        let command = try stream.control(["promote", "http-anomaly@2"])
        #expect(command.code == 1 && command.err.contains("a hub leads the registry"), "\(command)")
        let broken = try stream.control([
            "annotate", "http-anomaly@2", "--note", "x", "--break-glass",
        ])
        #expect(broken.code == 0, "\(broken)")

        // Killed: the second takes over, and nothing is lost.
        kill(first.process.pid, SIGKILL)
        _ = try first.process.waitForExit()
        try second.waitUntilItLeads()
        let changed = try second.ask(
            "POST", "/v1/models/http-anomaly/deployment", Self.change("promote", 2),
            fields: ["If-Match: \"1\""])
        #expect(
            changed.status == 200 && changed.document["deployment"]?["epoch"] == 2, "\(changed)")
        #expect(changed.document["is_announced"] == true, "\(changed)")
        let back = try second.ask(
            "POST", "/v1/models/http-anomaly/deployment", Self.change("rollback"))
        #expect(back.document["deployment"]?["stable"]?["version"] == 1, "\(back)")
        let history = try second.ask("GET", "/v1/models/http-anomaly/history")
        #expect(history.document["entries"]?.array?.count == 3)
        let acts = try second.ask("GET", "/v1/audit").document["entries"]?.array?
            .compactMap { $0["fields"]?["act"]?.string }
        #expect(acts?.contains("break-glass") == true, "\(acts ?? [])")

        #expect(try second.process.stop() == 0, "\(second.process.log)")
        let verified = try stream.control(["audit", "verify"])
        #expect(verified.code == 0, "\(verified)")
        let after = try stream.control(["promote", "http-anomaly@2"])
        #expect(after.code == 0, "\(after)")
    }

    @Test(
        "what was under way to a webhook when the hub was killed is delivered by the next one",
        .enabled(if: WebServer.isPossible))
    func webhooks() throws {
        let stream = try TestStream()
        try TestModels.register(1, in: stream)
        let folder = try TemporaryFolder()
        try folder.write("file", "thanks")
        let receiver = try WebServer(folder.path(""))
        let url = receiver.url("hang/file")
        func webhooks(_ words: String...) throws -> Executable.Output {
            try Executable.run(
                ["webhooks"] + words + ["--registry", stream.registry], folder: stream.folder.url)
        }
        let refused = try webhooks("add", url)
        #expect(refused.code == 64 && refused.err.contains("--allow-private"), "\(refused)")
        let added = try webhooks("add", url, "--allow-private")
        #expect(added.code == 0 && added.out.hasPrefix("whsec_"), "\(added)")
        let promoted = try stream.control(["promote", "http-anomaly@1"])
        #expect(promoted.code == 0, "\(promoted)")

        let first = try RunningHub(stream)
        let told = try receiver.next()
        kill(first.process.pid, SIGKILL)
        _ = try first.process.waitForExit()
        let second = try RunningHub(stream)
        let again = try receiver.next()
        #expect(told.webhookID?.hasPrefix("msg_") == true && again.webhookID == told.webhookID)
        #expect(again.body == told.body)
        let body = try JSONValue(parsing: (again.body ?? "").utf8, act: "reading")
        #expect(body["type"] == "deployment.promoted" && body["data"]?["version"] == 1)
        let delivered = try second.process.wait(for: "the delivery") {
            let list = try webhooks("deliveries", "--json")
            let document = try JSONValue(parsing: list.out.utf8, act: "reading")
            let newest = document["deliveries"]?.array?.first
            return newest?["state"] == "delivered" ? newest : nil
        }
        #expect(delivered["last"]?["status"] == 200 && delivered["attempts"] == 1)
        // Whoever leads is asked, by its operations.
        let list = try second.ask("GET", "/v1/webhooks")
        let webhook = list.document["webhooks"]?.array?.first
        #expect(webhook?["url"]?.string == url && webhook?["secret"] == nil, "\(list)")
        #expect(try second.process.stop() == 0, "\(second.process.log)")
        let verified = try stream.control(["audit", "verify"])
        #expect(verified.code == 0, "\(verified)")
    }

    @Test("a leader that is paused beyond its lease does nothing more when it goes on")
    func paused() throws {
        let stream = try TestStream()
        try TestModels.register(2, in: stream)
        let first = try RunningHub(stream)
        try first.waitUntilItLeads()
        let second = try RunningHub(stream)
        kill(first.process.pid, SIGSTOP)
        try second.waitUntilItLeads()
        kill(first.process.pid, SIGCONT)
        _ = try first.process.wait(for: "the first to follow") {
            try TestSocket.get("/readyz", port: first.port).body.contains("follows") ? true : nil
        }
        let refused = try first.ask(
            "POST", "/v1/models/http-anomaly/deployment", Self.change("promote", 1))
        #expect(refused.status == 503, "\(refused)")
        let promoted = try second.ask(
            "POST", "/v1/models/http-anomaly/deployment", Self.change("promote", 1))
        #expect(promoted.status == 200, "\(promoted)")
        #expect(try first.process.stop() == 0 && second.process.stop() == 0)
    }
}
