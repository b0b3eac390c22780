import Lifecycle
import TestSupport
import Testing

@testable import Hub

@Suite("pages of lists", .blocking)
struct PagingTests {
    private static func items(_ names: [String]) -> JSONValue {
        ["models": .array(names.map { ["name": .string($0)] }), "other": 1]
    }

    private static let paging = HubPaging.items("models", by: .name) { [$0["name"]?.string ?? ""] }

    private static func page(
        _ paging: HubPaging, _ document: JSONValue, _ given: [String: JSONValue]
    ) throws -> JSONValue {
        var fields = given
        return try paging.page(of: &fields).cut(document)
    }

    @Test("pages together are the list, whatever is added between two of them")
    func whole() throws {
        var names = ["a", "b", "d", "e", "g"]
        var seen: [String] = []
        var cursor: JSONValue?
        repeat {
            var given: [String: JSONValue] = ["limit": 2]
            given["cursor"] = cursor
            let page = try Self.page(Self.paging, Self.items(names), given)
            #expect(page["other"] == 1)
            seen += page["models"]?.array?.compactMap { $0["name"]?.string } ?? []
            cursor = page["next"]
            if names.count == 5 { names.insert("aa", at: 1) }
        } while cursor != nil
        #expect(seen == ["a", "b", "d", "e", "g"])
    }

    @Test("numbers stand in the order of their worth")
    func numbers() throws {
        let paging = HubPaging.items("versions", by: .number) { HubPaging.number($0["reference"]) }
        let versions = (1...12).map { JSONValue.object(["reference": .string("m@\($0)")]) }
        let page = try Self.page(
            paging, ["versions": .array(versions)], ["limit": 3, "cursor": "9"])
        #expect(page["versions"]?.array?.first?["reference"] == "m@10")
        #expect(page["next"] == nil)
    }

    @Test("of a list that is taken in pages, one item more is asked for, and not told")
    func taken() throws {
        let paging = HubPaging.taken("versions", by: .number) { HubPaging.number($0["reference"]) }
        var fields: [String: JSONValue] = ["limit": 2, "cursor": "9", "model": "m"]
        let page = try paging.page(of: &fields)
        #expect(fields == ["limit": 3, "after": 9, "model": "m"])
        func document(_ numbers: ClosedRange<Int>) -> JSONValue {
            ["versions": .array(numbers.map { ["reference": .string("m@\($0)")] })]
        }
        let more = try page.cut(document(10...12))
        #expect(more["versions"]?.array?.count == 2 && more["next"] == "11")
        let last = try page.cut(document(10...11))
        #expect(last["versions"]?.array?.count == 2 && last["next"] == nil)
        for cursor in ["0", "-1", "x", "m@3", ""] {
            var fields: [String: JSONValue] = ["cursor": .string(cursor)]
            #expect(throws: SwerveError.self) { try paging.page(of: &fields) }
        }
    }

    @Test("one that has its items by names and numbers goes on behind both")
    func takenByReference() throws {
        let paging = HubPaging.taken("versions", by: .reference) {
            HubPaging.name($0["reference"])
        }
        var fields: [String: JSONValue] = ["limit": 1, "cursor": "m@9"]
        let page = try paging.page(of: &fields)
        #expect(fields == ["limit": 2, "after": "m@9"])
        let more = try page.cut(["versions": [["reference": "m@10"], ["reference": "n@1"]]])
        #expect(more["versions"] == [["reference": "m@10"]] && more["next"] == "m@10")
    }

    @Test("a search comes in pages, which together are the whole")
    func search() throws {
        let scene = try PageScene()
        func ask(_ query: String) throws -> JSONValue {
            let answer = try scene.ask("GET", "/v1/search?query=version%20%3E%3D%201" + query)
            #expect(answer.status == 200, "\(answer.body)")
            return try JSONValue(parsing: answer.body.utf8, act: "reading")
        }
        let whole = try ask("")
        #expect(whole["next"] == nil)
        let count = try #require(whole["versions"]?.array?.count)
        #expect(count > 1)
        var (found, cursor) = ([JSONValue](), "")
        for part in 1...count {
            let page = try ask("&limit=1\(cursor)")
            found += page["versions"]?.array ?? []
            #expect(found.count == part)
            let next = page["next"]?.string
            #expect((next == nil) == (part == count))
            cursor = "&cursor=\(next ?? "")"
        }
        #expect(whole["versions"]?.array == found)
        let model = try ask("")["versions"]?.array?.first?["reference"]?.string ?? ""
        let last = try ask("&cursor=\(model.prefix { $0 != "@" })@999")
        #expect(last["versions"] == [] && last["next"] == nil && last["unknown_fields"] == [])
    }

    @Test("the newest versions below a number come in one page, oldest first")
    func below() throws {
        let scene = try PageScene()
        func numbers(_ query: String) throws -> [String] {
            let answer = try scene.ask("GET", "/v1/models/\(scene.model)" + query)
            #expect(answer.status == 200, "\(answer.body)")
            let page = try JSONValue(parsing: answer.body.utf8, act: "reading")
            if query.contains("before") { #expect(page["next"] == nil) }
            return page["versions"]?.array?.compactMap { $0["reference"]?.string } ?? []
        }
        let all = try numbers("")
        #expect(all.count > 2)
        #expect(try numbers("?before=\(Int.max)&limit=2") == Array(all.suffix(2)))
        #expect(try numbers("?before=3&limit=1") == [all[1]])
        #expect(try numbers("?before=3") == Array(all.prefix(2)))
        #expect(try numbers("?before=3&cursor=1") == [all[1]])
        #expect(try numbers("?before=0") == [])
    }

    @Test("the newest come first, and the next page is older")
    func newest() throws {
        let paging = HubPaging.newest("entries") { $0["n"]?.int }
        let document: JSONValue = ["entries": [["n": 7], ["n": 8]]]
        #expect(try Self.page(paging, document, ["limit": 2])["next"] == "7")
        #expect(try Self.page(paging, document, ["limit": 3])["next"] == nil)
        #expect(
            try Self.page(paging, ["entries": [["n": 1]]], ["limit": 1])["next"] == nil)
        // Where some were left out, the page says how far they were looked through.
        let sparse: JSONValue = ["entries": [["n": 7]], "reached": 3]
        #expect(try Self.page(paging, sparse, ["limit": 2])["next"] == "3")
        #expect(
            try Self.page(paging, ["entries": [], "reached": 3], ["limit": 2])["next"] == "3")
        var fields: [String: JSONValue] = ["cursor": "7", "limit": 2]
        _ = try paging.page(of: &fields)
        #expect(fields == ["before": 7, "limit": 2])
    }

    @Test("a limit that is none, and another list's cursor, are refused")
    func refused() {
        let newest = HubPaging.newest("entries") { $0["n"]?.int }
        for given: [String: JSONValue] in [
            ["limit": 0], ["limit": -1], ["limit": 10_001], ["cursor": "a"], ["cursor": "0"],
        ] {
            #expect(throws: SwerveError.self) { try Self.page(newest, ["entries": []], given) }
        }
    }

    @Test(
        "a cursor that is none of the list is refused, not taken for its end",
        arguments: [
            ("models", ["zz top", "ZZZ", "a@1", "", "@"]), ("versions", ["zzz", "-1", "0", "m@1"]),
            ("references", ["m", "m@", "@1", "m@x", "???", "m@1@2"]),
        ])
    func strangers(list: String, cursors: [String]) throws {
        let paging =
            switch list {
            case "models": Self.paging
            case "versions":
                HubPaging.items(list, by: .number) { HubPaging.number($0["reference"]) }
            default: HubPaging.taken(list, by: .reference) { HubPaging.name($0["reference"]) }
            }
        for cursor in cursors {
            var fields: [String: JSONValue] = ["cursor": .string(cursor)]
            let error = #expect(throws: SwerveError.self, "\(cursor)") {
                _ = try paging.page(of: &fields)
            }
            #expect(error?.code == .usage, "\(cursor)")
        }
    }

    @Test("a verification comes in parts, which together are the whole")
    func verification() throws {
        let scene = try PageScene()
        func ask(_ query: String) throws -> JSONValue {
            let answer = try scene.ask("GET", "/v1/verification" + query)
            #expect(answer.status == 200, "\(answer.body)")
            return try JSONValue(parsing: answer.body.utf8, act: "reading")
        }
        let whole = try ask("")
        var (checks, cursor) = ([JSONValue](), "")
        for part in 0..<3 {
            let found = try ask("?limit=1\(cursor)")
            #expect((found["counts"]?["integrity"] == nil) == (part > 0))
            checks += found["checks"]?.array ?? []
            #expect(checks.count == part + 1)
            let next = found["next"]?.string
            #expect(next == (part < 2 ? "\(scene.model)@\(part + 1)" : nil))
            cursor = "&cursor=\(next ?? "")"
        }
        #expect(whole["checks"]?.array == checks && whole["next"] == nil)
        for query in ["?limit=0", "?limit=10001", "?cursor=x", "?cursor=http-anomaly@0"] {
            #expect(try scene.ask("GET", "/v1/verification" + query).status == 400, "\(query)")
        }
    }
}
