import Foundation
import Lifecycle
import Operations
import Platform
import TestSupport
import Testing

@testable import Hub

/// A source of flips that answers when it is told to.
private final class FakeFlips: FlipSource {
    private struct State {
        var asked: [Int64] = []
        var answers: [Result<FlipFindings, SwerveError>] = []
        var givenUp: [Int64] = []
    }

    private let state = Guarded(State())
    private let pause: EventFD

    init() throws { pause = try EventFD() }

    var asked: [Int64] { state.withLock { $0.asked } }
    var givenUp: [Int64] { state.withLock { $0.givenUp } }

    func answer(_ result: Result<FlipFindings, SwerveError>) {
        state.withLock { $0.answers.append(result) }
        pause.signal()
    }

    func flips(
        in deployment: Deployment, isStopped: @escaping @Sendable () -> Bool
    ) throws(SwerveError) -> FlipFindings {
        state.withLock { $0.asked.append(deployment.epoch) }
        while true {
            let answer = state.withLock { $0.answers.isEmpty ? nil : $0.answers.removeFirst() }
            if let answer { return try answer.get() }
            guard !isStopped() else {
                state.withLock { $0.givenUp.append(deployment.epoch) }
                throw SwerveError(.unavailable, act: "looking", reason: "it was stopped")
            }
            _ = try? Poll.waitForAny([pause.descriptor], timeoutMs: 20)
            pause.drain()
        }
    }
}

/// Examples of flips on a model's page, from a source in memory.
@Suite("flips on pages", .blocking)
struct FlipPageTests {
    private static let page = "/models/http-anomaly"

    private static func findings(
        request: String? = "{\"path\":\"/a\"}", label: String = "attack", cause: String = "'uni'",
        records: Int64 = 12_345
    ) -> FlipFindings {
        FlipFindings(
            topic: "raw_requests", records: records, pairs: 12_000,
            counts: [.alert: 7, .normal: 2], span: 1_795_000_000_000...1_795_000_060_000,
            explained: 9, causes: [.init(words: cause, direction: .alert, count: 7)],
            examples: [
                FlipExample(
                    record: "raw_requests/3@77", atMs: 1_795_000_030_000, direction: .alert,
                    request: request, withheld: "Not shown: fields of it are masked (mask).",
                    cause: cause, stable: .init(label: "normal", score: -0.25),
                    candidate: .init(label: label, score: 0.5),
                    reasons: [.init(name: cause, stable: 0.01, candidate: 0.76)])
            ])
    }

    private func wait(
        _ scene: PageScene, cookie: String? = nil, for words: String
    ) throws -> String {
        let last = Date(timeIntervalSinceNow: 60)
        while true {
            let body = try scene.ask("GET", Self.page, cookie: cookie).body
            if body.contains(words) { return body }
            guard Date() < last else {
                Issue.record("\(words) never came: \(body)")
                return body
            }
        }
    }

    private func begin(_ scene: PageScene, share: String = "5%25") throws {
        let act = "/models/http-anomaly/acts/canary?version=2&share=\(share)"
        #expect(try scene.act(act).status == 303)
    }

    @Test("a page of a trial says that it is looked for, and shows what was found")
    func found() throws {
        let flips = try FakeFlips()
        let scene = try PageScene(flips: flips)
        #expect(!(try scene.ask("GET", Self.page).body.contains("Examples")))
        #expect(flips.asked.isEmpty)
        try begin(scene)
        let first = try scene.ask("GET", Self.page).body
        #expect(first.contains("Examples are being looked for"))
        _ = try scene.ask("GET", Self.page)
        flips.answer(.success(Self.findings()))
        let body = try wait(scene, for: "12,345")
        for words in [
            "raw_requests/3@77", "<strong>7</strong> alert by canary 2 alone",
            "<strong>2</strong> alert by stable 1 alone", "{&quot;path&quot;:&quot;/a&quot;}",
            "moved most by", "1: +0.010, 2: +0.760", "to alert",
        ] { #expect(body.contains(words), "\(words): \(body)") }
        #expect(flips.asked == [2])
    }

    @Test("what comes of another epoch is not shown, and the look is given up")
    func overtaken() throws {
        let flips = try FakeFlips()
        let scene = try PageScene(flips: flips)
        try begin(scene)
        _ = try scene.ask("GET", Self.page)
        let last = Date(timeIntervalSinceNow: 60)
        while flips.asked != [2], Date() < last {}
        try begin(scene, share: "10%25")
        _ = try scene.ask("GET", Self.page)
        while flips.asked != [2, 3], Date() < last {}
        #expect(flips.asked == [2, 3] && flips.givenUp == [2])
        flips.answer(.success(Self.findings(records: 77_777)))
        #expect(try wait(scene, for: "77,777").contains("raw_requests/3@77"))
    }

    @Test("a fault is told on the page with its remedy, and no request is")
    func fault() throws {
        let flips = try FakeFlips()
        let scene = try PageScene(flips: flips)
        try begin(scene)
        flips.answer(
            .failure(
                SwerveError(
                    .refused, act: "reading", reason: "Read on topic raw_requests is denied <b>",
                    remedy: "grant it to the hub")))
        let body = try wait(scene, for: "No examples")
        #expect(body.contains("is denied &lt;b&gt;: grant it to the hub"))
    }

    @Test("a hub that is not told where requests are says so")
    func untold() throws {
        let scene = try PageScene()
        try begin(scene)
        #expect(try wait(scene, for: "No examples").contains("not told where requests are"))
    }

    @Test(
        "what a request says is text, and short",
        arguments: [
            "</code></pre><script>alert(1)</script>", "\u{202E}gnp.exe\u{200B}\u{0}",
            String(repeating: "<A>\u{301}", count: 1 << 18), "\r\nevent: ended\r\n\r\n",
        ])
    func hostile(text: String) throws {
        let flips = try FakeFlips()
        let scene = try PageScene(flips: flips)
        try begin(scene)
        flips.answer(.success(Self.findings(request: text, label: text, cause: text)))
        let body = try wait(scene, for: "12,345")
        #expect(body.utf8.count < 200_000)
        #expect(!body.contains("<script>alert") && !body.contains("<A>"))
        #expect(!body.unicodeScalars.contains("\u{202E}") && !body.unicodeScalars.contains("\u{0}"))
        #expect(!body.unicodeScalars.contains("\r"))
    }

    @Test("a request that is masked is not shown, and that is said")
    func masked() throws {
        let flips = try FakeFlips()
        let scene = try PageScene(flips: flips)
        try begin(scene)
        flips.answer(.success(Self.findings(request: nil)))
        let body = try wait(scene, for: "12,345")
        #expect(body.contains("fields of it are masked"))
        #expect(!body.contains("<pre class=\"request\""))
    }

    @Test("examples come to an open page by its stream")
    func live() throws {
        let flips = try FakeFlips()
        let scene = try PageScene(flips: flips)
        try begin(scene)
        let socket = try TestSocket(port: scene.port)
        socket.send("GET /live/models/http-anomaly HTTP/1.1\r\nHost: localhost\r\n\r\n")
        var text = ""
        func wait(for words: String) {
            while !text.contains(words) {
                let more = socket.receive()
                guard !more.isEmpty else { break }
                text += String(decoding: more, as: UTF8.self)
            }
            #expect(text.contains(words))
        }
        wait(for: "Examples are being looked for")
        flips.answer(.success(Self.findings()))
        wait(for: "raw_requests/3@77")
    }
}
