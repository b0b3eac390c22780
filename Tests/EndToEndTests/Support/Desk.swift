import Foundation
import Lifecycle
import TestSupport
import Testing

/// Where commands find a registry: its file, or a hub that leads it.
///
/// What they say and how they end is the same.
enum Way: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case file, hub

    var testDescription: String { self == .file ? "--registry" : "--hub" }
}

/// A stream whose commands go one of the two ways.
final class Desk {
    let stream: TestStream
    let way: Way
    private var hub: RunningHub?

    init(_ way: Way) throws {
        self.way = way
        stream = try TestStream(partitions: 2)
        if way == .hub {
            hub = try RunningHub(stream)
            try hub?.waitUntilItLeads()
        }
    }

    /// The options that name the registry, and the brokers where that is a file.
    var place: [String] {
        guard let hub else { return ["--registry", stream.registry] }
        return ["--hub", hub.url]
    }

    /// Of commands that take brokers.
    var brokers: [String] {
        hub == nil
            ? [
                "--bootstrap", stream.bootstrap, "--control-topic", stream.control,
                "--status-topic", stream.status,
            ] : []
    }

    /// A command beside nobody's configuration.
    func run(
        _ arguments: [String], brokers isAnnouncing: Bool = false, input: String = "",
        environment: [String: String] = [:]
    ) throws -> Executable.Output {
        try Executable.run(
            arguments + place + (isAnnouncing ? brokers : []), input: input,
            environment: environment)
    }

    /// One that must succeed.
    @discardableResult
    func done(
        _ arguments: String..., brokers isAnnouncing: Bool = false, input: String = ""
    ) throws -> Executable.Output {
        let output = try run(arguments, brokers: isAnnouncing, input: input)
        guard output.code == 0 else { throw Failure("\(arguments): \(output)") }
        return output
    }
}

/// A hub's process, and where it answers.
struct RunningHub {
    let process: RunningProcess
    let port: Int

    var url: String { "http://127.0.0.1:\(port)" }

    init(_ stream: TestStream, _ more: String...) throws {
        try self.init(
            registry: stream.registry, in: stream.folder,
            [
                "--bootstrap", stream.bootstrap, "--control-topic", stream.control,
                "--status-topic", stream.status, "--set", "hub.open=loopback",
            ] + more)
    }

    /// One that asks for tokens, without brokers.
    init(registry: String, in folder: TemporaryFolder, _ more: [String] = []) throws {
        process = try RunningProcess(
            [
                "hub", "--registry", registry, "--set", "hub.listen=127.0.0.1:0",
                "--set", "hub.lease_ms=6000",
            ] + more, folder: folder.url)
        let process = process
        port = try process.wait(for: "the hub's address") {
            let mark = "the hub answers at http://127.0.0.1:"
            let log = process.log
            // The whole line: of one that is being written the number may be cut.
            guard let place = log.range(of: mark), log[place.upperBound...].contains("\n")
            else { return nil }
            return Int(log[place.upperBound...].prefix { $0.isNumber })
        }
    }

    func waitUntilItLeads() throws {
        _ = try process.wait(for: "a hub that leads") {
            try TestSocket.get("/readyz", port: port).body == "ready; leads\n" ? true : nil
        }
    }

    private static let documentPath = "/v1/openapi.json"

    /// Asks, and holds the answer against the hub's own document.
    ///
    /// - Parameter fields: whole lines of the head.
    func ask(
        _ method: String, _ path: String, _ body: String = "", fields: [String] = [],
        type: String = "application/json"
    ) throws -> (status: Int, head: String, body: String, document: JSONValue) {
        let socket = try TestSocket(port: port)
        let lines =
            [
                "\(method) \(path) HTTP/1.1", "Host: localhost", "Connection: close",
                "Content-Type: \(type)", "Content-Length: \(body.utf8.count)",
            ] + fields
        socket.send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
        let text = socket.receiveAll()
        guard let end = text.range(of: "\r\n\r\n"),
            let status = Int(text.dropFirst("HTTP/1.1 ".count).prefix(3))
        else { throw Failure("no answer: \(text)") }
        let content = String(text[end.upperBound...])
        let document =
            (try? JSONValue(
                parsing: Array(content.utf8), act: "reading the answer", limit: 16 << 20,
                depth: 64, values: 1 << 20)) ?? .null
        if path != Self.documentPath {
            let faults = OpenAPICheck(try ask("GET", Self.documentPath).document)
                .faults(method, path, status: status, answer: document)
            #expect(faults == [], "\(text.prefix(2_000))")
        }
        return (status, String(text[..<end.lowerBound]), content, document)
    }
}
