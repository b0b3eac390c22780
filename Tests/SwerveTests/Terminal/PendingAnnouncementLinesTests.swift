import Lifecycle
import Testing

@testable import Operations
@testable import swerve

@Suite("what is told of announcements")
struct PendingAnnouncementLinesTests {
    private static let fault = SwerveError(
        .unavailable, act: "announcing", reason: "no broker answers", remedy: "look at the brokers")

    private func made(_ outcomes: [Publication.Outcome]) throws -> PendingAnnouncements {
        let publications = try outcomes.enumerated().map { place, outcome in
            Publication(
                model: try ModelName("waf"), epoch: Int64(place + 1), record: nil, outcome: outcome)
        }
        return try #require(PendingAnnouncements(of: publications))
    }

    @Test("a command says that they are earlier ones', and what announces the rest")
    func command() throws {
        #expect(
            try made([.published]).lines(by: .laterCommands)
                == ["announced waf epoch 1, which an earlier command had committed"])
        let both = try made([.published, .failed(Self.fault)]).lines(by: .laterCommands)
        #expect(both.count == 2 && both[1].hasPrefix("1 change is committed and not announced"))
        #expect(both[1].hasSuffix("announces it, or: swerve republish waf"), "\(both)")
    }

    @Test("a command that asks a hub says that the hub announces the rest")
    func overHub() throws {
        let lines = try made([.failed(Self.fault), .failed(Self.fault)]).lines(by: .hub)
        #expect(
            lines.count == 1
                && lines[0].hasSuffix(
                    "the hub announces them by itself once it "
                        + "reaches the brokers"),
            "\(lines)")
    }

    @Test("a hub, whose own they are, says only what it did and what stands in its way")
    func hub() throws {
        let done = try made([.published, .alreadyThere]).hubLines
        #expect(done.done == "announced waf epoch 1, waf epoch 2" && done.obstacle == nil)
        let failed = try made([.failed(Self.fault)]).hubLines
        #expect(failed.done == nil)
        let words = try #require(failed.obstacle)
        #expect(
            words.hasPrefix("1 change is committed and not announced (waf epoch 1): announcing: ")
                && words.contains("tried again") && !words.contains("republish"), "\(words)")
    }
}
