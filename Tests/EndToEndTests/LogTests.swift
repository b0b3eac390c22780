import Foundation
import Lifecycle
import TestSupport
import Testing

/// The log of a service, as an operator's tools read it.
@Suite("Log, end to end", .serialized, .blocking)
struct LogTests {
    @Test("as JSON each line is a document; SIGUSR1 steps the level of service and workers")
    func json() throws {
        let scene = try Scene.served(versions: 1, changes: "log.format: json\n")
        let service = scene.service
        let workers = Set(service.children)
        func has(_ level: String, _ logger: String) throws -> Bool {
            try Self.documents(service.log).contains {
                $0["level"] == .string(level) && $0["logger"] == .string(logger)
            }
        }
        #expect(try has("info", "serve") && has("info", "worker"))
        #expect(try !has("debug", "worker"))

        kill(service.pid, SIGUSR1)
        // librdkafka tells details of its connections when a client is made.
        kill(try #require(workers.min()), SIGKILL)
        _ = try service.wait(for: "details of a worker that was started at the new level") {
            try has("debug", "worker") ? true : nil
        }
        #expect(service.log.contains("the log is at debug from now on"))
        try scene.waitForSlots(2)
        // No worker ended by the signal: one was killed, the other is the one of before.
        #expect(Set(service.children).intersection(workers).count == 1)

        kill(service.pid, SIGUSR1)
        _ = try service.wait(for: "trace") { service.log.contains("the log is at trace") ? 1 : nil }
        kill(service.pid, SIGUSR1)
        _ = try service.wait(for: "info") { service.log.contains("the log is at info") ? 1 : nil }
        #expect(try service.stop() == 0)
        for document in try Self.documents(service.log) {
            #expect(document["at"]?.string.flatMap(Timestamp.milliseconds(of:)) != nil)
            #expect(document["message"]?.string?.isEmpty == false)
            if document["logger"] == "worker" { #expect(document["slot"]?.int != nil) }
        }
    }

    @Test("a level that is not one is refused by name")
    func refused() throws {
        let stream = try TestStream()
        try stream.writeConfiguration(at: "swerve.yaml", changes: "log.level: loud\n")
        let output = try stream.swerve("serve", "--check")
        #expect(output.code == 64)
        #expect(output.err.contains("log.level"), "\(output)")
    }

    /// The whole lines of a log, each of which has to be a document.
    private static func documents(_ log: String) throws -> [JSONValue] {
        try log.split(separator: "\n", omittingEmptySubsequences: true)
            .dropLast(log.hasSuffix("\n") ? 0 : 1)
            .map { try JSONValue(parsing: Array($0.utf8), act: "reading a line of the log") }
    }
}
