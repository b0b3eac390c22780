import Lifecycle
import Testing

@testable import Web

@Suite("forms of pages")
struct HTTPFormTests {
    private func values(
        _ body: String, kind: String? = "application/x-www-form-urlencoded", limit: Int = 100
    ) throws -> [String: String] {
        let fields = HTTPFields(kind.map { [("Content-Type", $0)] } ?? [])
        return try HTTPRequest(
            method: "POST", path: "/", fields: fields, body: HTTPBody(Array(body.utf8))
        ).formValues(limit: limit)
    }

    @Test("names and values are decoded, as browsers write them")
    func decoded() throws {
        let form = try values("reason=a+%26+b%0D%0Ac&epoch=3&empty=")
        #expect(form == ["reason": "a & b\r\nc", "epoch": "3", "empty": ""])
        #expect(
            try values("a=1", kind: "application/x-www-form-urlencoded; charset=UTF-8")
                == ["a": "1"])
    }

    @Test("what is no form, too long, or there twice, is refused")
    func refused() {
        for (body, kind) in [
            ("a=1", nil), ("a=1", "text/plain"), ("a=%zz", "application/x-www-form-urlencoded"),
            ("a=1&a=2", "application/x-www-form-urlencoded"),
            ("=1", "application/x-www-form-urlencoded"),
        ] {
            #expect(throws: SwerveError.self) { try values(body, kind: kind) }
        }
        #expect(throws: SwerveError.self) {
            try values("a=" + String(repeating: "x", count: 200))
        }
    }

    @Test("a feed tells how much can be sent, and nothing once it is over")
    func room() {
        let feed = HTTPFeed(limit: 10)
        #expect(feed.room == 10)
        feed.send([1, 2, 3])
        #expect(feed.room == 7)
        feed.begin { _ in
        } end: {
        }
        feed.took(3)
        #expect(feed.room == 10)
        feed.end()
        #expect(feed.room == 0)
    }
}
