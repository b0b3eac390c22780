import Glibc
import Lifecycle
import Platform
import Registry
import TestSupport
import Testing
import Web

@testable import Hub

@Suite("answers that are given again", .blocking)
struct KeptAnswersTests {
    private final class Maker {
        var count = 0
        var status = 200
        var bytes = 10

        func make() throws(SwerveError) -> HTTPResponse {
            count += 1
            return HTTPResponse(
                status: status, contentType: "application/json",
                body: Array(repeating: UInt8(count & 0xFF), count: bytes))
        }
    }

    private static let reader = subject("reader-of-all", .all)

    private static func subject(_ name: String, _ models: ModelPattern) -> HubSubject {
        HubSubject(
            name: name, grants: [HubSubject.Grant(role: .reader, models: models)],
            credential: .none)
    }

    private static func standing(_ sequence: Int64, _ hash: String = "h") -> RegistryStanding {
        RegistryStanding(registry: "r", sequence: sequence, hash: "\(hash)\(sequence)")
    }

    private func question(
        _ fields: [String: JSONValue] = ["model": "a"], by subject: HubSubject = reader
    ) throws -> KeptAnswers.Question {
        let operation = try #require(HubOperations.all.first { $0.name == "model" })
        return KeptAnswers.Question(operation, fields, by: subject)
    }

    @Test("an answer of the fleet holds until something newer was heard")
    func heard() throws {
        let (kept, maker) = (KeptAnswers(), Maker())
        func ask(_ heard: Int64) throws -> [UInt8] {
            try kept.answer(
                to: question(), at: Self.standing(1), heard: heard, nowMs: 0, ageMs: 100,
                maker.make
            ).body
        }
        let first = try ask(1)
        #expect(try ask(1) == first && maker.count == 1)
        #expect(try ask(2) != first && maker.count == 2)
        #expect(try ask(2) != first && maker.count == 2)
    }

    @Test("the same is asked of the registry once, until it has another entry")
    func standings() throws {
        let (kept, maker) = (KeptAnswers(), Maker())
        func ask(_ standing: RegistryStanding) throws -> [UInt8] {
            try kept.answer(to: question(), at: standing, nowMs: 0, ageMs: 100, maker.make).body
        }
        let first = try ask(Self.standing(1))
        #expect(try ask(Self.standing(1)) == first && maker.count == 1)
        #expect(try ask(Self.standing(2)) != first && maker.count == 2)
        // A backup that was put back, which went on in another way.
        _ = try ask(Self.standing(2, "other"))
        #expect(maker.count == 3)
        // One reading that was overtaken by another does no harm.
        _ = try ask(Self.standing(1))
        _ = try ask(Self.standing(2, "other"))
        #expect(maker.count == 5)
    }

    @Test("who may know other models is answered anew, and so is another question")
    func questions() throws {
        let (kept, maker) = (KeptAnswers(), Maker())
        let pattern = try ModelPattern("fraud-*")
        let questions = [
            try question(), try question(["model": "b"]), try question(["model": "a", "top": 3]),
            try question(by: Self.subject("reader-of-all", pattern)),
        ]
        for question in questions + questions {
            _ = try kept.answer(
                to: question, at: Self.standing(1), nowMs: 0, ageMs: 100, maker.make)
        }
        #expect(maker.count == questions.count)
        // By name they differ, and may know the same.
        let other = try question(by: Self.subject("another", .all))
        _ = try kept.answer(to: other, at: Self.standing(1), nowMs: 0, ageMs: 100, maker.make)
        #expect(maker.count == questions.count)
    }

    @Test("none is given that is too old, too long, or no success")
    func bounds() throws {
        let (kept, maker) = (KeptAnswers(limitBytes: 16_000), Maker())
        func ask(_ fields: [String: JSONValue], _ nowMs: Int64) throws {
            _ = try kept.answer(
                to: question(fields), at: Self.standing(1), nowMs: nowMs, ageMs: 100, maker.make)
        }
        try ask([:], 0)
        try ask([:], 99)
        #expect(maker.count == 1)
        try ask([:], 100)
        try ask([:], 199)
        #expect(maker.count == 2)
        maker.bytes = 1_000
        for _ in 0..<2 { try ask(["model": "long"], 0) }
        #expect(maker.count == 4)
        maker.bytes = 10
        maker.status = 404
        for _ in 0..<2 { try ask(["model": "none"], 0) }
        #expect(maker.count == 6)
    }

    @Test("what is kept has its bound, and begins anew where it is reached")
    func room() throws {
        let (kept, maker) = (KeptAnswers(limitBytes: 16_000), Maker())
        maker.bytes = 800
        for number in 0..<1_000 {
            let asked = try question(["model": .int(Int64(number))])
            _ = try kept.answer(to: asked, at: Self.standing(1), nowMs: 0, ageMs: 100, maker.make)
            #expect(kept.bytes <= 16_000)
        }
        let last = try question(["model": 999])
        _ = try kept.answer(to: last, at: Self.standing(1), nowMs: 0, ageMs: 100, maker.make)
        #expect(maker.count == 1_000)
    }

    @Test("what several ask at once is made once, and an error is told to all of them")
    func atOnce() throws {
        let kept = KeptAnswers()
        let (asked, other) = (try question(), try question(["model": "b"]))
        let made = Guarded<[String]>([])
        let haveAsked = Guarded(false)
        @Sendable func make(_ name: String, until count: Int) throws(SwerveError) -> HTTPResponse {
            made.withLock { $0.append(name) }
            // Until all of them have asked: then none of them finds what was kept.
            while !haveAsked.withLock({ $0 }) {
                if kept.askingCount == count { haveAsked.withLock { $0 = true } }
                sched_yield()
            }
            throw SwerveError(.unavailable, act: "making", reason: name)
        }
        let told = Guarded<[String]>([])
        let threads = (0..<4).map { number in
            OSThread(name: "asks-\(number)") {
                do throws(SwerveError) {
                    _ = try kept.answer(
                        to: number < 3 ? asked : other, at: Self.standing(1), nowMs: 0, ageMs: 100
                    ) { () throws(SwerveError) in
                        try make(number < 3 ? "one" : "other", until: 4)
                    }
                } catch {
                    told.withLock { $0.append(error.reason) }
                }
            }
        }
        for thread in threads { thread.join() }
        #expect(made.withLock { $0.sorted() } == ["one", "other"])
        #expect(told.withLock { $0.sorted() } == ["one", "one", "one", "other"])
        #expect(kept.askingCount == 0)
    }

    @Test("nobody waits for what is made of an older state, or was begun too long ago")
    func notJoined() throws {
        let (kept, maker) = (KeptAnswers(), Maker())
        let asked = try question()
        maker.status = 404
        for (sequence, nowMs) in [(Int64(2), Int64(0)), (1, 100)] {
            _ = try kept.answer(to: asked, at: Self.standing(1), nowMs: 0, ageMs: 100) {
                () throws(SwerveError) in
                // On the same thread: waiting for the one around it would never end.
                try kept.answer(
                    to: asked, at: Self.standing(sequence), nowMs: nowMs, ageMs: 100, maker.make)
            }
        }
        #expect(maker.count == 2 && kept.askingCount == 0)
    }

    @Test("an error is no answer to keep")
    func errors() throws {
        let (kept, maker) = (KeptAnswers(), Maker())
        #expect(throws: SwerveError.self) {
            _ = try kept.answer(to: question(), at: Self.standing(1), nowMs: 0, ageMs: 100) {
                () throws(SwerveError) in
                throw SwerveError(.notFound, act: "reading a model", reason: "there is none")
            }
        }
        _ = try kept.answer(to: question(), at: Self.standing(1), nowMs: 0, ageMs: 100, maker.make)
        #expect(maker.count == 1)
    }

    @Test("what another process changed, past the hub's lead, is in the next answer")
    func others() throws {
        let scene = try PageScene()
        let model = try ModelName(scene.model)
        for epoch in 2...4 {
            for _ in 0..<2 {
                let before = try scene.ask("GET", "/v1/models/\(model)")
                #expect(before.field("ETag") == "\"\(epoch - 1)\"", "\(before)")
            }
            scene.registry.setAuthority(.breakGlass(by: "root"))
            _ = try scene.registry.change(
                ChangeOrder(
                    .change(.promote(epoch % 2 == 0 ? 2 : 1)), of: model,
                    note: ChangeNote(by: "root", at: "2026-11-24T18:52:00.000Z", reason: "")))
            let after = try scene.ask("GET", "/v1/models/\(model)")
            #expect(after.field("ETag") == "\"\(epoch)\"", "\(after)")
        }
    }
}
