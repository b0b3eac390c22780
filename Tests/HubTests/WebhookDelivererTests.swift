import Foundation
import Lifecycle
import Platform
import Registry
import TestSupport
import Testing
import Web

@testable import Hub

/// Deliveries to a receiver of this machine, over real sockets.
@Suite("delivering to webhooks", .blocking)
struct WebhookDelivererTests {
    /// Of whom this is a second reading: HMAC by its definition (RFC 2104), over SHA-256 alone.
    private func code(_ key: [UInt8], _ message: String) -> String {
        let padded = key + [UInt8](repeating: 0, count: 64 - key.count)
        let inner = ContentHash.sha256(padded.map { $0 ^ 0x36 } + Array(message.utf8)).bytes
        let outer = ContentHash.sha256(padded.map { $0 ^ 0x5C } + inner).bytes
        return Data(outer).base64EncodedString()
    }

    private func key(_ secret: String) throws -> [UInt8] {
        Array(try #require(Data(base64Encoded: String(secret.dropFirst("whsec_".count)))))
    }

    @Test("the vector of the Standard Webhooks libraries")
    func vector() throws {
        let secret = try key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        let (message, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", #"{"test": 2432232314}"#)
        let header = try WebhookSignature.header(
            message: message, seconds: 1_614_265_330, body: body, secrets: [secret])
        #expect(header == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        #expect(header == "v1," + code(secret, "\(message).1614265330.\(body)"))
    }

    @Test("what waits is delivered, signed by each secret, with the time of the attempt")
    func delivers() throws {
        let setup = try WebhookSetup()
        let (id, first) = try setup.add("200")
        let second = try setup.registry.rotateWebhook(
            id, keepingMs: 600_000, note: WebhookSetup.note
        ).secret
        let delivery = try setup.test(id)
        let before = WallClock.nowMs / 1_000
        try setup.start()
        let message = try #require(try setup.receiver.wait(for: 1).first)
        let attempt = try #require(try setup.wait(for: 1).first)
        #expect(attempt.verdict == .delivered)
        #expect(message.id == delivery.message)
        #expect(message.fields["content-type"] == "application/json")
        let time = try #require(message.fields["webhook-timestamp"].flatMap { Int64($0) })
        #expect((before...WallClock.nowMs / 1_000).contains(time))
        let signed = "\(message.id).\(time).\(message.body)"
        let wanted = try [second, first].map { "v1," + code(try key($0), signed) }
        #expect(message.fields["webhook-signature"] == wanted.joined(separator: " "))
        let document = try JSONValue(parsing: message.body.utf8, act: "reading")
        #expect(document["type"] == "webhook.test" && document["data"]?["by"] == "ada")
        #expect(try setup.registry.deliveries(newest: 1).first?.state == .delivered)
    }

    @Test("nothing waits behind a receiver that is slow or fails")
    func beside() throws {
        let setup = try WebhookSetup()
        let (held, _) = try setup.add("held")
        let (failing, _) = try setup.add("500")
        let (good, _) = try setup.add("200")
        for _ in 0..<10 {
            try setup.test(held)
            try setup.test(failing)
        }
        try setup.start { $0.toOne = 3 }
        // All that may be under way to the one that holds is.
        while setup.receiver.messages.count(where: { $0.path == "/hook/held" }) < 3 {
            try setup.receiver.wait(for: setup.receiver.messages.count + 1)
        }
        let last = try setup.test(good)
        try setup.wait { attempts in
            attempts.contains { $0.delivery.message == last.message && $0.verdict == .delivered }
        }
        #expect(setup.receiver.messages.count { $0.path == "/hook/held" } == 3)
        setup.receiver.letGo()
        try setup.wait { attempts in attempts.count { $0.delivery.webhook == held } == 10 }
        #expect(setup.receiver.messages.count { $0.path == "/hook/held" } == 10)
    }

    @Test("what fails is tried again, with the same id and another time")
    func again() throws {
        let setup = try WebhookSetup()
        let (id, _) = try setup.add("told")
        setup.receiver.setStatus(503)
        try setup.test(id)
        try setup.start()
        let failed = try #require(try setup.wait(for: 1).first)
        guard case .again(let atMs) = failed.verdict else {
            Issue.record("\(failed)")
            return
        }
        #expect(atMs > WallClock.nowMs && failed.words.contains("503"))
        setup.receiver.setStatus(204)
        // By hand: nobody waits here for its time.
        let waiting = try #require(try setup.registry.deliveries(newest: 1).first)
        #expect(waiting.state == .waiting && waiting.last?.status == 503)
        let repeated = try setup.registry.redeliver(waiting.id)
        #expect(try setup.wait(for: 2).last?.verdict == .delivered)
        let messages = setup.receiver.messages
        #expect(messages.count >= 2 && Set(messages.map(\.id)) == [repeated.message])
        #expect(Set(messages.map(\.body)).count == 1)
    }

    @Test("410 ends it; a redirect is no success and is not followed; a long answer is one")
    func answers() throws {
        let setup = try WebhookSetup()
        let (gone, _) = try setup.add("410")
        let (redirecting, _) = try setup.add("redirect")
        let (long, _) = try setup.add("long")
        for id in [gone, redirecting, long] { try setup.test(id) }
        try setup.start()
        let attempts = try setup.wait(for: 3)
        func attempt(_ id: Int64) throws -> WebhookSetup.Attempt {
            try #require(attempts.first { $0.delivery.webhook == id })
        }
        #expect(try attempt(gone).verdict == .unwanted)
        #expect(try setup.registry.webhook(gone).endedAt != nil)
        guard case .again = try attempt(redirecting).verdict else {
            Issue.record("\(attempts)")
            return
        }
        #expect(try attempt(redirecting).words.contains("not followed"))
        #expect(try attempt(long).verdict == .delivered)
        #expect(!setup.receiver.messages.contains { $0.path == "/hook/200" })
    }

    @Test("this machine is not told unless that is allowed, by whatever name")
    func privateNetworks() throws {
        let setup = try WebhookSetup()
        let (plain, _) = try setup.add("200", allowsPrivate: false)
        let (named, _) = try setup.add("200", scheme: "https", allowsPrivate: false)
        try setup.test(plain)
        try setup.test(named)
        try setup.start()
        let attempts = try setup.wait(for: 2)
        let words = attempts.map(\.words).joined(separator: "\n")
        #expect(words.contains("is not https") && words.contains("no public network"), "\(words)")
        #expect(attempts.allSatisfy { if case .again = $0.verdict { true } else { false } })
        #expect(setup.receiver.messages.isEmpty)
    }

    @Test("nobody there, and an answer that does not come, are failures with their reason")
    func silence() throws {
        let setup = try WebhookSetup()
        let (held, _) = try setup.add("held")
        let nobody = try setup.registry.addWebhook(
            NewWebhook(url: "http://127.0.0.1:1/hook", allowsPrivate: true),
            note: WebhookSetup.note
        ).webhook.id
        try setup.test(held)
        try setup.test(nobody)
        try setup.start { $0.attemptMs = 300 }
        let attempts = try setup.wait {
            Set($0.map(\.delivery.webhook)) == [held, nobody]
        }
        #expect(attempts.allSatisfy { !$0.words.isEmpty })
    }

    @Test("what was under way when it ended is delivered by the next, with the same id")
    func killed() throws {
        let setup = try WebhookSetup()
        let (id, _) = try setup.add("held")
        let delivery = try setup.test(id)
        try setup.start { $0.stopMs = 0 }
        try setup.receiver.wait(for: 1)
        // As a kill would: nothing is written of it.
        setup.stop()
        #expect(try setup.registry.deliveries(newest: 1).first?.attempts == 0)
        setup.receiver.letGo()
        try setup.start()
        #expect(try setup.wait(for: 1).first?.verdict == .delivered)
        #expect(setup.receiver.messages.map(\.id) == [delivery.message, delivery.message])
    }

    @Test("without the key of its secret a webhook is not told, and the log says why")
    func keyless() throws {
        let setup = try WebhookSetup()
        let (id, _) = try setup.add("200")
        try setup.test(id)
        try StateFile.remove(setup.folder.path("swerve.db.webhook-key"))
        try setup.start()
        let attempt = try #require(try setup.wait(for: 1).first)
        #expect(attempt.words.contains("webhook-key"), "\(attempt)")
        #expect(setup.receiver.messages.isEmpty)
    }

    @Test("who does not lead delivers nothing")
    func follows() throws {
        let setup = try WebhookSetup()
        let (id, _) = try setup.add("200")
        try setup.test(id)
        let asked = try EventFD()
        let idle = try WebhookDeliverer(
            setup.registry,
            isLeading: {
                asked.signal()
                return false
            }
        ) { _ in }
        idle.start()
        for _ in 0..<3 {
            _ = try Poll.waitForAny([asked.descriptor], timeoutMs: nil)
            asked.drain()
        }
        idle.stop()
        #expect(setup.receiver.messages.isEmpty)
    }
}

@Suite("when a delivery is tried again")
struct WebhookScheduleTests {
    @Test("pauses grow, and end after a day")
    func pauses() {
        let pauses = (1..<WebhookSchedule.attempts).compactMap {
            WebhookSchedule.pauseMs(failed: $0, jitter: 0.5)
        }
        #expect(pauses.count == WebhookSchedule.attempts - 1)
        #expect(pauses.prefix(4) == [5_000, 15_000, 45_000, 135_000])
        #expect(zip(pauses, pauses.dropFirst()).allSatisfy { $0 <= $1 })
        let hours = Double(pauses.reduce(0, +)) / 3_600_000
        #expect((22...25).contains(hours), "\(hours)")
        #expect(WebhookSchedule.pauseMs(failed: WebhookSchedule.attempts, jitter: 0) == nil)
        #expect(pauses.allSatisfy { $0 * 12 / 10 < WebhookSchedule.farthestMs })
    }

    @Test("jitter spreads by a fifth; a receiver's own wish counts, within bounds")
    func spread() {
        #expect(WebhookSchedule.pauseMs(failed: 1, jitter: 0) == 4_000)
        #expect(WebhookSchedule.pauseMs(failed: 1, jitter: 1) == 6_000)
        #expect(WebhookSchedule.pauseMs(failed: 1, jitter: 7) == 6_000)
        #expect(WebhookSchedule.pauseMs(failed: 1, jitter: 0, retryAfter: 60) == 60_000)
        #expect(WebhookSchedule.pauseMs(failed: 1, jitter: 0, retryAfter: .max) == 7_200_000)
    }
}
