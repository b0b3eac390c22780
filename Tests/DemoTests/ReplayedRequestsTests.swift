import Lifecycle
import TestSupport
import Testing
import Verification

@testable import Demo

@Suite("Replayed requests")
struct ReplayedRequestsTests {
    struct Line: Sendable, CustomTestStringConvertible {
        let text: String
        let id: String?
        let second: String
        var testDescription: String { text }
    }

    static let lines = [
        Line(text: #"{"id":"a-1","path":"/"}"#, id: "a-1", second: #"{"id":"a-1#2","path":"/"}"#),
        Line(
            text: #"{"path":"\"id\":\"no\"", "id" : "x"}"#, id: "x",
            second: #"{"path":"\"id\":\"no\"", "id" : "x#2"}"#),
        Line(text: #"{"id":17,"path":"/"}"#, id: "17", second: #"{"id":"17#2","path":"/"}"#),
        Line(
            text: #"{"in":{"id":"inner"},"id":"outer"}"#, id: "outer",
            second: #"{"in":{"id":"inner"},"id":"outer#2"}"#),
        Line(text: #"{"id":"a\"b"}"#, id: #"a\"b"#, second: #"{"id":"a\"b#2"}"#),
        Line(text: #"{"path":"/"}"#, id: nil, second: #"{"path":"/"}"#),
        Line(text: #"{"id":null}"#, id: nil, second: #"{"id":null}"#),
        Line(text: #"{"id"#, id: nil, second: #"{"id"#),
        Line(text: #"{"id":"open"#, id: nil, second: #"{"id":"open"#),
        Line(text: "not json", id: nil, second: "not json"),
    ]

    @Test("the second pass says so in the id, and changes nothing else", arguments: lines)
    func passes(line: Line) throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("requests.jsonl", line.text + "\n\n")
        var requests = try ReplayedRequests(files: [file])
        #expect(requests.count == 1)
        let first = requests.next()
        #expect(first.value == Array(line.text.utf8))
        #expect(first.id.map { String(decoding: $0, as: UTF8.self) } == line.id)
        let second = requests.next()
        #expect(String(decoding: second.value, as: UTF8.self) == line.second)
        #expect(second.key == first.key)
        #expect(second.id == line.id.map { Array(($0 + "#2").utf8) })
    }

    @Test("several files follow each other, and then begin again")
    func filesFollow() throws {
        let folder = try TemporaryFolder()
        let names = try ["a", "b"].map { name in
            try folder.write("\(name).jsonl", "{\"id\":\"\(name)1\"}\n{\"id\":\"\(name)2\"}\n")
        }
        var requests = try ReplayedRequests(files: names)
        let ids = (0..<9).map { _ in
            requests.next().id.map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
        #expect(ids == ["a1", "a2", "b1", "b2", "a1#2", "a2#2", "b1#2", "b2#2", "a1#3"])
    }

    @Test("empty and missing files are refused by name")
    func refused() throws {
        let folder = try TemporaryFolder()
        let empty = try folder.write("empty.jsonl", "\n")
        #expect { _ = try ReplayedRequests(files: [empty]) } throws: { error in
            (error as? SwerveError)?.description.contains("empty.jsonl") == true
        }
        #expect { _ = try ReplayedRequests(files: [folder.path("none")]) } throws: { error in
            (error as? SwerveError)?.code == .notFound
        }
    }
}
