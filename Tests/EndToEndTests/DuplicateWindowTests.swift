import Foundation
import Lifecycle
import TestSupport
import Testing

/// At-least-once delivery as whoever reads the predictions sees it.
@Suite("At-least-once, end to end", .serialized, .blocking)
struct DuplicateWindowTests {
    @Test("a kill loses nothing, and doubles no more records than the stated window has")
    func kills() throws {
        let window = 300
        let kills = 3
        // Committed rarely: without the bound, all of a round would be scored again.
        let scene = try Scene.served(
            versions: 1, workers: 1,
            changes: """
                limits.uncommitted_records: \(window)
                commit.interval_ms: 5000
                limits.uncommitted_ms: 60000
                commit.records: \(window / 2)

                """)
        let stream = scene.stream
        var sent = 0
        for _ in 0..<kills {
            let before = sent
            try stream.send(stream.requests(sent..<(sent + 6_000)))
            sent += 6_000
            _ = try scene.predictions(before + 1_000)
            kill(try #require(scene.service.children.first), SIGKILL)
        }
        _ = try scene.service.wait(for: "all records") {
            try Set(sources(stream)).count == sent ? true : nil
        }
        #expect(try scene.service.stop() == 0)
        let found = try sources(stream)
        #expect(Set(found).count == sent)
        #expect(found.count <= sent + kills * window, "\(found.count - sent) doubled")
    }

    private func sources(_ stream: TestStream) throws -> [Prediction.Source] {
        try stream.readAll(stream.output).map { try Prediction($0).source }
    }
}
