import Lifecycle
import TestSupport
import Testing

@testable import Transfer

@Suite("Web addresses")
struct WebAddressTests {
    @Test("what is shown has neither query nor usual port")
    func shown() throws {
        func shown(_ url: String) throws -> String { try WebAddress(url, act: "reading").shown }
        #expect(try shown("https://h.example:443/a/b?sig=1") == "https://h.example/a/b?…")
        #expect(try shown("http://h.example:8080/a") == "http://h.example:8080/a")
        #expect(try shown("file:///a%20b") == "file:///a b")
        #expect(try shown("https://h.example") == "https://h.example/")
    }

    @Test(
        "what is no address to fetch from is refused",
        arguments: [
            ("", "bytes"), ("h.example/a", "no URL"), ("ftp://h/a", "no scheme"),
            ("https://u:p@h/a", "user or a password"), ("https://u@h/a", "user or a password"),
            ("https://h/a#b", "'#'"), ("https:///a", "no host"), ("https:/h/a", "no host"),
            ("https://h/a b", "spaces"),
            ("https://h\\@other/a", "'\\'"), ("file://other/a", ""), ("https://hä/a", "ASCII"),
            ("https://h:99999/a", "no URL"), ("https://[1/a", "no URL"),
        ])
    func refused(url: String, word: String) {
        #expect {
            _ = try WebAddress(url, act: "reading")
        } throws: { error in
            guard let error = error as? SwerveError, error.code == .usage else { return false }
            return (word.isEmpty || error.reason.contains(word))
                && !error.description.contains(":p@")
        }
    }

    @Test("a template has one place for the digest, and not in the host")
    func templates() throws {
        let template = try AddressTemplate("https://h/a/{digest}?x=1", act: "reading")
        #expect(try template.address("ab", act: "reading").url == "https://h/a/ab?x=1")
        for text in [
            "https://h/a", "https://h/{digest}/{digest}", "https://{digest}/a",
            "https://{digest}.h/a", "https://h:{digest}/a",
        ] {
            #expect {
                _ = try AddressTemplate(text, act: "reading")
            } throws: {
                code($0) == .usage
            }
        }
    }

    @Test("the same origin is scheme, host and port")
    func origins() throws {
        let one = try WebAddress("https://h/a", act: "reading")
        for (url, isSame) in [
            ("https://h:443/b", true), ("https://H/a", true), ("https://h:444/a", false),
            ("http://h/a", false), ("https://x.h/a", false),
        ] {
            #expect(try one.isSameOrigin(as: WebAddress(url, act: "reading")) == isSame, "\(url)")
        }
    }

    @Test("only an address of the machine itself is loopback")
    func loopback() throws {
        for (host, isLoopback) in [
            ("127.0.0.1", true), ("localhost", true), ("[::1]", true), ("127.evil.example", false),
            ("10.0.0.1", false),
        ] {
            #expect(
                try WebAddress("http://\(host)/a", act: "r").isLoopback == isLoopback, "\(host)")
        }
    }
}

@Suite("Faults of the web")
struct WebFaultTests {
    private func answer(_ status: Int, to location: String? = nil) -> WebAnswer {
        var answer = WebAnswer()
        answer.status = status
        answer.location = location
        return answer
    }

    @Test(
        "a status passes, or is final and told as what it is",
        arguments: [
            (401, SwerveError.Code.refused, "other credentials"), (403, .refused, "no right"),
            (404, .notFound, "not there"), (410, .notFound, "not there"), (407, .refused, "proxy"),
            (408, .unavailable, "408"), (429, .unavailable, "429"), (500, .unavailable, "500"),
            (503, .unavailable, "503"), (418, .refused, "418"), (304, .refused, "304"),
        ])
    func statuses(status: Int, code: SwerveError.Code, words: String) {
        let error = WebFault.error(answer(status), act: "fetching")
        #expect(error.code == code)
        #expect(error.reason.contains(words))
    }

    @Test("redirects are followed by the same scheme only, and five times")
    func redirects() throws {
        let here = try WebAddress("https://h/a", act: "reading")
        func next(_ location: String?, followed: Int = 0) throws -> String {
            try WebFault.next(
                after: answer(302, to: location), from: here, followed: followed, act: "fetching"
            ).url
        }
        #expect(try next("https://other/b", followed: 4) == "https://other/b")
        #expect {
            _ = try next("https://h/b", followed: 5)
        } throws: {
            code($0) == .refused
        }
        for location in ["http://h/a", "file:///etc/passwd", "https://u:p@h/", nil] {
            #expect {
                _ = try next(location)
            } throws: {
                code($0) == .refused
            }
        }
    }

    @Test("only a strong tag or a date tells whether bytes are the same")
    func validators() {
        var answer = WebAnswer()
        #expect(answer.validator == nil)
        answer.headers["last-modified"] = "Sun, 29 Nov 2026 15:00:00 GMT"
        #expect(answer.validator == "Sun, 29 Nov 2026 15:00:00 GMT")
        answer.headers["etag"] = "W/\"1\""
        #expect(answer.validator == nil)
        answer.headers["etag"] = "\"1\""
        #expect(answer.validator == "\"1\"")
    }

    @Test("the first byte of a part is read, or there is none")
    func ranges() {
        var answer = WebAnswer()
        for (text, start) in [
            ("bytes 7-9/10", 7 as Int64?), ("bytes */10", nil), ("7-9/10", nil), ("bytes x-", nil),
        ] {
            answer.headers["content-range"] = text
            #expect(answer.rangeStart == start)
        }
    }
}
