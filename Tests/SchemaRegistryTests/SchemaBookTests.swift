import Inputs
import Testing

@testable import SchemaRegistry

/// What a registry is asked and when, by a clock of the test's own, in milliseconds.
@Suite("SchemaBook")
struct SchemaBookTests {
    private typealias Book = SchemaBook<String>

    /// A book, the clock, and a registry that answers as the test says.
    private struct Stand {
        var book: Book
        var nowMs: UInt64 = 1_000_000
        var calls: [(atMs: UInt64, call: Book.Call)] = []

        init(urls: Int = 1, bounds: SchemaBounds = SchemaBounds()) {
            book = SchemaBook(urlCount: urls, seed: 7, bounds: bounds)
        }

        var now: UInt64 { nowMs * 1_000_000 }

        @discardableResult
        mutating func find(_ id: Int32) -> String {
            switch book.find(.id(id), at: now).answer {
            case .known(let schema): schema
            case .refused(let refusal, let until): "\(refusal) \(until == nil ? "for good" : "now")"
            case .absent: "absent"
            }
        }

        /// Takes what there is to do now; nothing is in the state folder.
        mutating func take() -> [Book.Call] {
            var taken: [Book.Call] = []
            while let action = book.next(at: now) {
                switch action {
                case .look(let identity): book.missed(identity, at: now)
                case .call(let call):
                    calls.append((nowMs, call))
                    taken.append(call)
                }
            }
            return taken
        }

        /// Lets the time pass until there is something to do.
        mutating func wait() -> [Book.Call] {
            for _ in 0..<100 {
                let taken = take()
                if !taken.isEmpty { return taken }
                guard let due = book.due(at: now) else { return [] }
                nowMs = max(nowMs, (due + 999_999) / 1_000_000)
            }
            return []
        }

        mutating func tell(_ call: Book.Call, _ reply: RegistryReply) -> String {
            switch book.heard(call, reply, at: now) {
            case .goesOn: return "goes on"
            case .refused(let refusal, _): return "\(refusal)"
            case .build(let root, let referenced):
                let texts = (referenced + [root]).map { String(decoding: $0.text, as: UTF8.self) }
                book.settle(call.identity, texts.joined(separator: " "), bytes: root.text.count)
                return "built"
            }
        }

        /// Lets `seconds` go by, each call answered by `reply`.
        mutating func run(
            seconds: UInt64, _ reply: (Book.Call) -> RegistryReply
        ) {
            let end = nowMs + seconds * 1_000
            while nowMs < end {
                for call in take() { _ = tell(call, reply(call)) }
                guard let due = book.due(at: now) else { break }
                nowMs = min(end, max(nowMs + 1, due / 1_000_000))
            }
        }
    }

    private static func text(_ text: String, _ refers: (String, Int32)...) -> RegistryReply {
        .schema(
            SchemaText(
                Array(text.utf8),
                references: refers.map {
                    SchemaReference(name: "n", subject: $0.0, version: $0.1)
                }))
    }

    @Test("a schema is asked for once, and known from then on")
    func known() {
        var stand = Stand()
        #expect(stand.find(17) == "absent")
        #expect(stand.find(17) == "absent")
        let calls = stand.take()
        #expect(calls.map(\.wish) == [.schema(.id(17))])
        #expect(stand.find(17) == "absent" && stand.take().isEmpty)
        #expect(stand.tell(calls[0], Self.text("S")) == "built")
        #expect(stand.find(17) == "S" && stand.book.searchCount == 0)
        #expect(stand.wait().isEmpty && stand.book.trouble(with: .id(17)) == nil)
    }

    @Test("an id below 1 is nobody's, and no registry is asked")
    func below() {
        var stand = Stand()
        #expect(stand.find(0) == "unknown for good" && stand.find(-5) == "unknown for good")
        #expect(stand.take().isEmpty)
    }

    @Test("what is not there is asked for after 0.25, 0.5 and 1 s, then unknown for 60 s")
    func unknown() {
        var stand = Stand()
        stand.find(3)
        var said: [String] = []
        for _ in 0..<4 {
            let calls = stand.wait()
            #expect(calls.count == 1)
            said += calls.map { stand.tell($0, .notThere("40403")) }
        }
        #expect(said == ["goes on", "goes on", "goes on", "unknown"])
        #expect(stand.calls.map(\.atMs) == [0, 250, 750, 1_750].map { 1_000_000 + $0 })
        #expect(stand.find(3) == "unknown now")
        stand.nowMs += 59_999
        #expect(stand.find(3) == "unknown now" && stand.take().isEmpty)
        stand.nowMs += 1
        #expect(stand.find(3) == "absent" && stand.take().count == 1)
    }

    @Test("a schema that is late is known as soon as it is there")
    func late() {
        var stand = Stand()
        stand.find(3)
        for _ in 0..<2 { _ = stand.wait().map { stand.tell($0, .notThere("40403")) } }
        #expect(stand.wait().map { stand.tell($0, Self.text("S")) } == ["built"])
        #expect(stand.find(3) == "S")
    }

    @Test("of what is unknown 1,024 are remembered, the newest")
    func remembered() {
        var bounds = SchemaBounds()
        bounds.refusals = 2
        bounds.newCallsASecond = 1_000
        var stand = Stand(bounds: bounds)
        for id in Int32(1)...3 {
            stand.find(id)
            stand.run(seconds: 2) { _ in .notThere("") }
        }
        #expect(stand.find(3) == "unknown now" && stand.find(2) == "unknown now")
        #expect(stand.find(1) == "absent")
        #expect(SchemaBounds().refusals == 1_024 && SchemaBounds().entries == 10_000)
    }

    @Test("what is too large is bad for 60 s; what is no schema for good")
    func bad() {
        var stand = Stand()
        stand.find(1)
        #expect(stand.wait().map { stand.tell($0, .tooLarge) } == ["bad"])
        #expect(stand.find(1) == "bad now")
        stand.nowMs += 60_000
        #expect(stand.find(1) == "absent")
        #expect(stand.wait().map { stand.tell($0, .bad("no")) } == ["bad"])
        stand.nowMs += 3_600_000
        #expect(stand.find(1) == "bad for good")
        stand.find(2)
        let call = stand.wait()[0]
        _ = stand.book.heard(call, Self.text("S"), at: stand.now)
        stand.book.settle(.id(2), nil, bytes: 0)
        #expect(stand.find(2) == "bad for good" && stand.wait().isEmpty)
    }

    @Test("faults pass: each url once, then a pause from 100 ms, doubled up to 10 s, +- 20 %")
    func faults() {
        var stand = Stand(urls: 3)
        stand.find(1)
        var urls: [Int] = []
        for _ in 0..<36 {
            let calls = stand.wait()
            urls += calls.map(\.url)
            for call in calls { _ = stand.tell(call, .fault("url \(call.url) is away")) }
        }
        #expect(urls == Array(repeating: [0, 1, 2], count: 12).flatMap(\.self))
        #expect(stand.book.trouble(with: .id(1)) == "url 2 is away")
        let rounds = stride(from: 0, to: 36, by: 3).map { stand.calls[$0..<($0 + 3)].map(\.atMs) }
        var pauseMs: UInt64 = 100
        for (first, second) in zip(rounds, rounds.dropFirst()) {
            #expect(Set(first).count == 1, "the urls of a round are asked one after another")
            let pause = second[0] - first[0]
            #expect((pauseMs * 8 / 10...pauseMs * 12 / 10 + 1).contains(pause), "\(pause)")
            pauseMs = min(2 * pauseMs, 10_000)
        }
        #expect(stand.find(1) == "absent" && pauseMs == 10_000)
    }

    @Test("the url that answered is asked first from then on")
    func preferred() {
        var stand = Stand(urls: 2)
        stand.find(1)
        #expect(stand.wait().map { stand.tell($0, .fault("")) } == ["goes on"])
        #expect(stand.wait().map { stand.tell($0, Self.text("S")) } == ["built"])
        stand.find(2)
        #expect(stand.wait().map(\.url) == [1])
    }

    @Test("a server that wants to be left alone is, and the others are asked meanwhile")
    func retryAfter() {
        var stand = Stand(urls: 2)
        stand.find(1)
        _ = stand.wait().map { stand.tell($0, .fault("busy", retryAfterMs: 30_000)) }
        _ = stand.wait().map { stand.tell($0, .fault("away")) }
        let start = stand.nowMs
        while true {
            let calls = stand.wait()
            let isOver = stand.nowMs >= start + 30_000
            #expect(calls.map(\.url) == [isOver ? 0 : 1], "at \(stand.nowMs - start) ms")
            guard !isOver, !calls.isEmpty else { break }
            for call in calls { _ = stand.tell(call, .fault("away")) }
        }
        var alone = Stand()
        alone.find(1)
        _ = alone.wait().map { alone.tell($0, .fault("busy", retryAfterMs: 30_000)) }
        #expect(alone.wait().count == 1 && alone.nowMs == 1_030_000)
    }

    @Test("wrong credentials: the next try after 10 s")
    func credentials() {
        var stand = Stand()
        stand.find(1)
        _ = stand.wait().map { stand.tell($0, .credentials("401")) }
        #expect(stand.wait().count == 1 && stand.nowMs == 1_010_000)
        #expect(stand.book.trouble(with: .id(1)) == "401")
    }

    @Test("a url that failed rests for all schemas: a thousand do not ask a thousand times")
    func rests() {
        var away = Stand()
        for id in Int32(1)...1_000 { away.find(id) }
        away.run(seconds: 60) { _ in .fault("away") }
        // Four at once, after each pause: 0.1 s, 0.2 s … 6.4 s, and every 10 s from then on.
        #expect((20...60).contains(away.calls.count), "\(away.calls.count)")
        var forbidden = Stand()
        for id in Int32(1)...1_000 { forbidden.find(id) }
        forbidden.run(seconds: 60) { _ in .credentials("401") }
        #expect((6...28).contains(forbidden.calls.count), "\(forbidden.calls.count)")
        // And once it answers, all are asked for again.
        away.run(seconds: 80) { _ in Self.text("S") }
        #expect(away.book.knownCount > 900)
    }

    @Test("four calls at once, one for each schema")
    func calls() {
        var stand = Stand()
        for id in Int32(1)...6 { stand.find(id) }
        let calls = stand.take()
        #expect(calls.count == 4 && Set(calls.map(\.identity)).count == 4)
        #expect(stand.take().isEmpty && stand.book.due(at: stand.now) == nil)
        _ = stand.tell(calls[0], Self.text("S"))
        #expect(stand.take().count == 1)
    }

    @Test("at most 20 schemas never seen before are asked for within any second")
    func newOnes() {
        var stand = Stand()
        for id in Int32(1)...100 { stand.find(id) }
        stand.run(seconds: 30) { _ in .notThere("") }
        var first: [SchemaIdentity: UInt64] = [:]
        for (atMs, call) in stand.calls where first[call.identity] == nil {
            first[call.identity] = atMs
        }
        #expect(first.count == 100)
        let moments = first.values.sorted()
        for (early, late) in zip(moments, moments.dropFirst(20)) { #expect(late >= early + 1_000) }
        #expect(stand.calls.count == 400)
        // A schema that was unknown before is none of them.
        stand.nowMs += 60_000
        for id in Int32(1)...100 { stand.find(id) }
        let start = stand.nowMs
        while Set(stand.calls.filter { $0.atMs >= start }.map(\.call.identity)).count < 100 {
            for call in stand.take() { _ = stand.tell(call, Self.text("S")) }
        }
        #expect(stand.nowMs == start)
    }

    @Test("references are asked for one after another, each once, and come before what uses them")
    func references() {
        var stand = Stand()
        stand.find(1)
        let texts: [SchemaWish: RegistryReply] = [
            .schema(.id(1)): Self.text("root", ("a", 1), ("b", 2)),
            .version(SchemaVersion(subject: "a", version: 1)): Self.text("a", ("c", 3)),
            .version(SchemaVersion(subject: "b", version: 2)): Self.text("b", ("c", 3)),
            .version(SchemaVersion(subject: "c", version: 3)): Self.text("c"),
        ]
        for _ in 0..<4 {
            let calls = stand.wait()
            #expect(calls.count == 1)
            for call in calls { _ = stand.tell(call, texts[call.wish] ?? .notThere("")) }
        }
        #expect(stand.find(1) == "c a b root")
    }

    @Test("a schema whose reference is not there is unknown, after as many tries")
    func missingReference() {
        var stand = Stand()
        stand.find(1)
        _ = stand.wait().map { stand.tell($0, Self.text("root", ("a", 1))) }
        var last = ""
        for _ in 0..<4 { for call in stand.wait() { last = stand.tell(call, .notThere("40402")) } }
        #expect(last == "unknown" && stand.nowMs == 1_001_750)
    }

    @Test("what comes of a call whose search has ended changes nothing")
    func overtaken() {
        var stand = Stand()
        stand.find(1)
        let call = stand.wait()[0]
        stand.nowMs += 60_000
        #expect(stand.book.forget(at: stand.now) && stand.book.searchCount == 0)
        stand.find(1)
        #expect(stand.tell(call, Self.text("old")) == "goes on" && stand.find(1) == "absent")
        #expect(stand.wait().map { stand.tell($0, Self.text("new")) } == ["built"])
        #expect(stand.find(1) == "new")
    }

    @Test("a search that somebody still asks about goes on")
    func wanted() {
        var stand = Stand()
        stand.find(1)
        stand.nowMs += 59_000
        stand.find(1)
        stand.nowMs += 59_000
        #expect(!stand.book.forget(at: stand.now) && stand.book.searchCount == 1)
        #expect(!stand.book.forget(at: stand.now - 1) && stand.book.searchCount == 1)
    }

    @Test("schemas that were not used for longest go, by number and by memory")
    func bounds() {
        var bounds = SchemaBounds()
        (bounds.entries, bounds.entryBytes) = (3, 100)
        var stand = Stand(bounds: bounds)
        func learn(_ id: Int32, bytes: Int, in stand: inout Stand) {
            stand.find(id)
            guard let call = stand.wait().first(where: { $0.identity == .id(id) }) else { return }
            _ = stand.book.heard(call, Self.text("S\(id)"), at: stand.now)
            stand.book.settle(.id(id), "S\(id)", bytes: bytes)
        }
        for id in Int32(1)...3 { learn(id, bytes: 10, in: &stand) }
        #expect(stand.find(1) == "S1")
        learn(4, bytes: 10, in: &stand)
        #expect(stand.find(2) == "absent" && stand.find(1) == "S1" && stand.find(3) == "S3")
        learn(5, bytes: 95, in: &stand)
        #expect(stand.book.knownCount == 1 && stand.find(5) == "S5")
    }

    @Test("more searches than may be are not begun, and are once there is room")
    func full() {
        var bounds = SchemaBounds()
        bounds.searches = 1
        var stand = Stand(bounds: bounds)
        stand.find(1)
        #expect(stand.find(2) == "absent")
        #expect(stand.book.trouble(with: .id(2))?.contains("too many") == true)
        #expect(stand.wait().map { stand.tell($0, Self.text("S")) } == ["built"])
        #expect(stand.find(2) == "absent")
        #expect(stand.wait().map(\.identity) == [.id(2)])
    }
}
