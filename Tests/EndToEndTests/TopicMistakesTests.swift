import Foundation
import Lifecycle
import TestSupport
import Testing

/// Topics that do not fit, and brokers that are not there, as a service meets them at its start.
@Suite("Topic mistakes, end to end", .serialized)
struct TopicMistakesTests {
    @Test("an output with fewer partitions than the input is refused by name")
    func tooFewPartitions() throws {
        let stream = try TestStream()
        try TestModels.register(1, in: stream)
        // The control topic has one partition: too few for an output.
        let text = try String(contentsOfFile: stream.folder.path("swerve.yaml"), encoding: .utf8)
            .replacingOccurrences(of: "output: \(stream.output)", with: "output: OTHER")
            .replacingOccurrences(
                of: "control: \(stream.control)", with: "control: \(stream.output)"
            )
            .replacingOccurrences(of: "OTHER", with: stream.control)
        try stream.folder.write("wrong.yaml", text)
        let service = try stream.serve("wrong.yaml")
        #expect(try service.waitForExit() == 1)
        #expect(service.log.contains("1 partitions"), "\(service.log)")
        #expect(service.log.contains(stream.control))
    }

    @Test("a service whose brokers are away waits for them, says so, and stops when asked")
    func brokersAway() throws {
        let stream = try TestStream()
        let text = try String(contentsOfFile: stream.folder.path("swerve.yaml"), encoding: .utf8)
            .replacingOccurrences(of: stream.bootstrap, with: "127.0.0.1:1")
        try stream.folder.write("away.yaml", text)
        let service = try stream.serve("away.yaml")
        _ = try service.wait(for: "the words on the brokers") {
            service.log.contains("looking for topic") ? true : nil
        }
        #expect(service.process.isRunning)
        #expect(try service.stop() == 0)
    }
}
