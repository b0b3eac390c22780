import Foundation
import Lifecycle
import Platform
import Registry
import TestSupport
import Testing

@testable import Hub

@Suite("leadership")
struct LeadershipTests {
    private var value = Leadership(spanMs: 10_000)

    @Test("it takes the lease, leads from the answer on, and renews at a fifth of the span")
    mutating func leads() {
        #expect(value.turn(at: 0).want == .take)
        #expect(value.term == nil)
        #expect(value.hear(.mine(term: 3), askedAt: 0, at: 5) == .began(term: 3))
        #expect(value.turn(at: 1_999).want == nil)
        #expect(value.turn(at: 2_000).want == .renew(term: 3))
        #expect(value.hear(.mine(term: 3), askedAt: 2_000, at: 2_001) == nil)
        #expect(value.term == 3)
    }

    @Test("another's lease is looked at again and again")
    mutating func follows() {
        #expect(value.turn(at: 0).want == .take)
        #expect(value.hear(.anothers, askedAt: 0, at: 1) == nil)
        #expect(value.wakeMs == 2_000)
        #expect(value.turn(at: 2_000).want == .take)
        #expect(value.hear(.mine(term: 9), askedAt: 2_000, at: 2_001) == .began(term: 9))
    }

    @Test("one that cannot be renewed ends before the registry would refuse it")
    mutating func endsByClock() {
        _ = value.turn(at: 0)
        _ = value.hear(.mine(term: 1), askedAt: 0, at: 1)
        for now in stride(from: Int64(2_000), to: 8_000, by: 2_000) {
            #expect(value.turn(at: now).want == .renew(term: 1))
            #expect(value.hear(.none, askedAt: now, at: now + 1) == nil)
        }
        #expect(value.wakeMs == 8_000)
        let (change, want) = value.turn(at: 8_000)
        #expect(change == .ended(term: 1) && want == .take && value.term == nil)
    }

    @Test("who was paused beyond the term leads no more, and begins under a new term")
    mutating func paused() {
        _ = value.turn(at: 0)
        _ = value.hear(.mine(term: 1), askedAt: 0, at: 1)
        let (change, want) = value.turn(at: 60_000)
        #expect(change == .ended(term: 1) && want == .take)
        #expect(value.hear(.mine(term: 2), askedAt: 60_000, at: 60_001) == .began(term: 2))
    }

    @Test("who was paused between asking and the answer does not lead by an answer that is old")
    mutating func pausedMeanwhile() {
        _ = value.turn(at: 0)
        #expect(value.hear(.mine(term: 1), askedAt: 0, at: 9_000) == nil)
        #expect(value.term == nil && value.turn(at: 9_000).want == .take)
        _ = value.hear(.mine(term: 2), askedAt: 9_000, at: 9_001)
        #expect(value.turn(at: 11_000).want == .renew(term: 2))
        #expect(value.hear(.mine(term: 2), askedAt: 11_000, at: 30_000) == .ended(term: 2))
    }

    @Test("a lease that another took ends it at once")
    mutating func lost() {
        _ = value.turn(at: 0)
        _ = value.hear(.mine(term: 1), askedAt: 0, at: 1)
        _ = value.turn(at: 2_000)
        #expect(value.hear(.anothers, askedAt: 2_000, at: 2_001) == .ended(term: 1))
        #expect(value.term == nil)
    }
}

/// Two processes' worth of leaders over one file.
@Suite("leaders of a registry", .blocking)
struct HubLeaderTests {
    private final class Heard: Sendable {
        private let news = Guarded<[HubLeader.News]>([])
        private let arrived: EventFD
        init() throws { arrived = try EventFD() }

        func hear(_ one: HubLeader.News) {
            news.withLock { $0.append(one) }
            arrived.signal()
        }

        func wait(for wanted: (HubLeader.News) -> Bool) {
            while !news.withLock({ $0.contains(where: wanted) }) {
                _ = try? Poll.waitForAny([arrived.descriptor], timeoutMs: nil)
                arrived.drain()
            }
        }
    }

    private static let note = ChangeNote(by: "ada", at: "2026-11-23T18:52:00.000Z", reason: "")

    private static func write(_ registry: Registry, _ name: String) throws {
        let key = [UInt8](repeating: 9, count: 31) + [UInt8(name.utf8.first ?? 0)]
        try registry.addKey(
            try ModelName(name), publicKey: key, roles: [.promote], note: note)
    }

    @Test("one leads and writes, the other follows, and takes over when the first gives up")
    func takesOver() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("swerve.db")
        let heard = [try Heard(), try Heard()]
        let leaders = try (0..<2).map { number in
            try HubLeader(
                try Registry.open(path: path, access: .readWrite(create: true)),
                address: "http://127.0.0.1:\(number + 1)", spanMs: 20_000
            ) { heard[number].hear($0) }
        }
        #expect { try Self.write(leaders[0].registry, "early") } throws: {
            ($0 as? SwerveError)?.problem?.kind == .hubNotLeading
        }
        leaders[0].start()
        heard[0].wait { $0 == .leads(term: 1) }
        leaders[1].start()
        heard[1].wait { if case .follows = $0 { true } else { false } }
        #expect(leaders[0].isLeading && !leaders[1].isLeading)
        try Self.write(leaders[0].registry, "a")
        #expect { try Self.write(leaders[1].registry, "b") } throws: {
            ($0 as? SwerveError)?.problem?.kind == .hubNotLeading
        }
        // A command is refused, and may break the glass, which is told.
        let command = try Registry.open(path: path, access: .readWrite(create: false))
        #expect { try Self.write(command, "c") } throws: {
            let error = $0 as? SwerveError
            return error?.problem?.kind == .hubLeads && error?.code == .refused
                && error?.problem?[.address] == "http://127.0.0.1:1"
        }
        command.setAuthority(.breakGlass(by: "eve"))
        try Self.write(command, "d")
        try Self.write(command, "e")
        let acts = try command.auditEntries(of: nil, newest: 100).map(\.act)
        #expect(acts == ["begin", "add-key", "break-glass", "add-key", "add-key"])
        #expect(try command.verifyAudit().findings.isEmpty)

        leaders[0].stop()
        heard[1].wait { $0 == .leads(term: 2) }
        try Self.write(leaders[1].registry, "f")
        leaders[1].stop()
        let after = try Registry.open(path: path, access: .readWrite(create: false))
        try Self.write(after, "g")
    }

    @Test(
        "a hub whose lease is not kept for long does not live",
        arguments: [(20_000, 30), (60_000, 60)])
    func standsStill(spanMs: Int64, seconds: UInt64) throws {
        let folder = try TemporaryFolder()
        let before = MonotonicClock.now
        let leader = try HubLeader(
            try Registry.open(path: folder.path("swerve.db"), access: .readWrite(create: true)),
            address: "", spanMs: spanMs
        ) { _ in }
        let after = MonotonicClock.now
        #expect(leader.isAlive(nowNs: before + seconds * 1_000_000_000))
        #expect(!leader.isAlive(nowNs: after + seconds * 1_000_000_000 + 1))
    }

    @Test("another file in the registry's place is not led")
    func replaced() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("swerve.db")
        let heard = try Heard()
        let leader = try HubLeader(
            try Registry.open(path: path, access: .readWrite(create: true)), address: "",
            spanMs: 20_000
        ) { heard.hear($0) }
        leader.start()
        heard.wait { $0 == .leads(term: 1) }
        try FileManager.default.moveItem(atPath: path, toPath: path + ".old")
        try folder.write("swerve.db", "another")
        heard.wait { $0 == .stopped(term: 1) }
        #expect(throws: SwerveError.self) { try Self.write(leader.registry, "a") }
        leader.stop()
    }
}
