import Foundation
import Lifecycle
import TestSupport
import Testing

/// The HTTP port of a running service, asked over plain sockets.
@Suite("Metrics and health, end to end", .serialized, .blocking)
struct MetricsEndToEndTests {
    /// A service of two slots that serves its port at an address of the system's choice.
    private func served(
        http: String = "127.0.0.1:0"
    ) throws -> (stream: TestStream, service: RunningProcess) {
        let stream = try TestStream()
        try TestModels.register(1, in: stream)
        let promoted = try stream.control(["promote", "http-anomaly@1"])
        guard promoted.code == 0 else { throw Failure("\(promoted)") }
        return (stream, try stream.serve(environment: ["SWERVE_HTTP": http]))
    }

    private func port(of service: RunningProcess) throws -> Int {
        try service.wait(for: "the address of the metrics") {
            let mark = "metrics and health are at http://127.0.0.1:"
            guard let found = service.log.range(of: mark) else { return nil }
            return Int(service.log[found.upperBound...].prefix { $0.isNumber })
        }
    }

    private func waitUntilReady(_ service: RunningProcess, _ port: Int) throws {
        _ = try service.wait(for: "readiness") {
            try TestSocket.get("/readyz", port: port).status == 200 ? true : nil
        }
    }

    /// The sum of a family's samples whose labels hold every one of `parts`; nil where none does.
    private func sum(_ name: String, _ parts: [String] = [], in page: String) -> Double? {
        let samples = page.split(separator: "\n").filter { line in
            (line.hasPrefix("\(name){") || line.hasPrefix("\(name) "))
                && parts.allSatisfy { line.contains($0) }
        }
        guard !samples.isEmpty else { return nil }
        return samples.compactMap { Double($0.split(separator: " ").last ?? "") }.reduce(0, +)
    }

    @Test("metrics tell what was scored, how long it took and what is left; promtool agrees")
    func metrics() throws {
        let (stream, service) = try served()
        let port = try port(of: service)
        try waitUntilReady(service, port)
        try stream.send(stream.requests(0..<300))
        try stream.send([TestStream.Sent(partition: 0, key: Array("k".utf8), value: nil)])
        let page = try service.wait(for: "metrics of all records") {
            let page = try TestSocket.get("/metrics", port: port).body
            let isAll =
                sum("swerve_prediction_latency_seconds_count", in: page) == 301
                && sum("swerve_lag_records", in: page) == 0
                && sum("swerve_dead_letters_total", in: page) == 1
            return isAll ? page : nil
        }
        #expect(sum("swerve_records_total", in: page) == 301)
        #expect(
            sum("swerve_predictions_total", [#"version="1""#, #"role="stable""#], in: page) == 300)
        #expect(sum("swerve_dead_letters_total", [#"reason="null_payload""#], in: page) == 1)
        #expect(sum("swerve_scored_records_total", in: page) == 300)
        #expect(sum("swerve_score_count", in: page) == 300)
        #expect(sum("swerve_delivery_seconds_count", in: page) == 301)
        #expect(sum("swerve_batch_records_sum", in: page) == 301)
        #expect(sum("swerve_partition_lag_records", in: page) == 0)
        #expect(sum("swerve_epoch_served", in: page) == 2, "epoch 1, of two slots")
        #expect(sum("swerve_converged", in: page) == 2)
        #expect(sum("swerve_worker_up", in: page) == 2)
        #expect(page.contains("swerve_build_info{version=\""))
        if let promtool = Promtool.path {
            let said = try Promtool.check(page, promtool)
            #expect(said == "", "\(said)\n\(page)")
        }
        let document = try JSONValue(
            parsing: Array(try TestSocket.get("/status", port: port).body.utf8), act: "reading")
        #expect(document["ready"]?.bool == true)
        #expect(document["slots"]?.array?.count == 2)
        #expect(
            document["slots"]?.array?.allSatisfy { $0["worker"]?["serving"]?["epoch"]?.int == 1 }
                == true)
        #expect(try TestSocket.get("/livez", port: port).status == 200)
        #expect(try service.stop() == 0)
    }

    @Test("a killed worker is a restart by its reason, and status tells why the last one ended")
    func killed() throws {
        let (stream, service) = try served()
        let port = try port(of: service)
        try waitUntilReady(service, port)
        try stream.send(stream.requests(0..<20))
        let victim = try #require(service.children.first)
        kill(victim, SIGKILL)
        _ = try service.wait(for: "the restart on the page") {
            let page = try TestSocket.get("/metrics", port: port).body
            return sum("swerve_worker_restarts_total", [#"reason="crash""#], in: page) == 1
                ? true : nil
        }
        try waitUntilReady(service, port)
        let stop = try service.wait(for: "the reason in the status") { () -> JSONValue? in
            let status = try stream.control(["status", "http-anomaly"]).json()
            return status["slots"]?.array?.compactMap { slot -> JSONValue? in
                guard slot["last_stop"]?["reason"]?.string != nil, slot["lag"]?.int == 0,
                    slot["records_per_second"]?.double != nil
                else { return nil }
                return slot["last_stop"]
            }.first
        }
        #expect(stop["reason"]?.string?.contains("9") == true, "\(stop)")
        #expect(try service.stop() == 0)
    }

    @Test(
        "brokers that stand still with open connections leave no slot ready, until they go on",
        .enabled(if: TestStream.realBootstrap == nil, "a real broker is not this test's to stop"))
    func frozenBroker() throws {
        let (stream, service) = try served()
        let port = try port(of: service)
        try waitUntilReady(service, port)
        stream.signalBroker(SIGSTOP)
        let whole = "slot 0: no broker answers\nslot 1: no broker answers\n"
        _ = try service.wait(for: "the word of the brokers") {
            let answer = try TestSocket.get("/readyz", port: port)
            return answer.status == 503 && answer.body == whole ? true : nil
        }
        #expect(try TestSocket.get("/livez", port: port).status == 200)
        stream.signalBroker(SIGCONT)
        try waitUntilReady(service, port)
        try stream.send(stream.requests(0..<50))
        #expect(try stream.read(stream.output) { $0.count >= 50 }.count == 50)
        #expect(try service.stop() == 0)
    }

    @Test("a port that is taken is told at once, and the service scores all the same")
    func taken() throws {
        let (other, first) = try served()
        defer { withExtendedLifetime(other) {} }
        let port = try port(of: first)
        let (stream, second) = try served(http: "127.0.0.1:\(port)")
        _ = try second.wait(for: "the word of the port") {
            second.log.contains("another process has the port") ? true : nil
        }
        try stream.send(stream.requests(0..<50))
        let records = try stream.read(stream.output) { $0.count >= 50 }
        #expect(records.count == 50)
        _ = try first.stop()
        _ = try second.wait(for: "the port, once it is free") {
            second.log.contains("metrics and health are at") ? true : nil
        }
        try waitUntilReady(second, port)
        #expect(try second.stop() == 0)
    }

    @Test("a thousand connections, and those who never read, keep the service from nothing")
    func strangers() throws {
        let (stream, service) = try served()
        let port = try port(of: service)
        try waitUntilReady(service, port)
        var sockets: [TestSocket] = []
        for number in 0..<1_000 {
            let socket = try TestSocket(port: port, receiveBytes: 4_096)
            if number.isMultiple(of: 2) {
                socket.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
            }
            sockets.append(socket)
        }
        try stream.send(stream.requests(0..<200))
        #expect(try stream.read(stream.output) { $0.count >= 200 }.count == 200)
        #expect(try TestSocket.get("/livez", port: port).status == 200)
        #expect(try TestSocket.get("/readyz", port: port).status == 200)
        #expect(service.children.count == 2)
        sockets = []
        #expect(try service.stop() == 0)
    }

    @Test("health answers as /readyz does: with why not, with yes, and with nobody there")
    func health() throws {
        let stream = try TestStream()
        let service = try stream.serve(environment: ["SWERVE_HTTP": "127.0.0.1:0"])
        let port = try port(of: service)
        func health(_ more: String...) throws -> Executable.Output {
            try Executable.run(
                ["health", "--set", "http=0.0.0.0:\(port)"] + more,
                environment: ["http_proxy": "http://127.0.0.1:1"], folder: stream.folder.url)
        }
        let waiting = try service.wait(for: "a worker that waits for a deployment") {
            let said = try health()
            return said.out.contains("slot 0: there is no deployment") ? said : nil
        }
        #expect(waiting.code == 1, "\(waiting)")
        #expect(try health("--live").code == 0)
        try TestModels.register(1, in: stream)
        #expect(try stream.control(["promote", "http-anomaly@1"]).code == 0)
        try waitUntilReady(service, port)
        #expect(try health().code == 0)
        let document = try health("--json").json()
        #expect(document["ok"] == true)
        #expect(document["status"] == 200)
        #expect(try service.stop() == 0)
        let gone = try health()
        #expect(gone.code == 1, "\(gone)")
        #expect(gone.err.contains("look whether the service runs"), "\(gone)")
    }

    @Test("http: none serves nothing, and nothing else than an address is accepted")
    func off() throws {
        let (stream, service) = try served(http: "none")
        try stream.send(stream.requests(0..<10))
        #expect(try stream.read(stream.output) { $0.count >= 10 }.count == 10)
        #expect(!service.log.contains("metrics and health"))
        #expect(try service.stop() == 0)
        let refused = try stream.swerve(
            "serve", "--config", stream.folder.path("swerve.yaml"),
            environment: ["SWERVE_HTTP": "everywhere"])
        #expect(refused.code == 64, "\(refused)")
        #expect(refused.err.contains("SWERVE_HTTP: http: 'everywhere' is no address"), "\(refused)")
    }
}
