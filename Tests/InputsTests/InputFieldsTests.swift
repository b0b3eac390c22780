import Inputs
import Lifecycle
import Scoring
import Testing

@Suite("InputFields")
struct InputFieldsTests {
    private func ecs() throws -> RecordDecoder {
        try decoder(
            InputFields(
                id: "event.id", method: "http.request.method", path: "url.path",
                query: "url.query", body: "http.request.body.content"))
    }

    private func decoder(_ fields: InputFields) throws -> RecordDecoder {
        try RecordDecoder(InputSettings(format: .json(fields)))
    }

    @Test("dotted names lead into nested objects")
    func nested() throws {
        let record = #"""
            {"event":{"id":"e1"},"url":{"query":"q=1","path":"/p","x":{"path":"no"}},"method":"no",
            "http":{"version":1,"request":{"body":{"content":"b"},"method":"PUT"}},"path":"no"}
            """#
        let parsed = Parsed(record, with: try ecs())
        #expect(parsed.string == "PUT /p?q=1\nb")
        #expect(parsed.id == "e1")
    }

    @Test(
        "a key that is the whole name comes before what the name leads to",
        arguments: [
            #"{"http.request.method":"A","url.path":"/","url.query":"q"}"#,
            #"{"url":7,"http":{"request":{"method":"A"}},"url.path":"/","url.query":"q"}"#,
            #"{"url.path":"/","url.query":"q","url":[],"http.request.method":"A","http":null}"#,
            #"{"url.path":"/","url":{"query":"q"},"http":{"request":{"method":"A"}}}"#,
        ])
    func wholeNames(_ record: String) throws {
        #expect(Parsed(record, with: try ecs()).string == "A /?q\n")
    }

    @Test(
        "nested objects are held to the same rules",
        arguments: [
            (#"{"http":{"request":{"method":"A"}},"url":{}}"#, RejectReason.missingField(.path)),
            (#"{"http":{"request":{"method":"A"}},"url":null}"#, .missingField(.path)),
            (#"{"http":{"request":{"method":"A"}},"url":"/p"}"#, .wrongType(.path)),
            (#"{"http":{"request":{"method":"A"}},"url":[{"path":"/p"}]}"#, .wrongType(.path)),
            (
                #"{"http":{"request":{"method":"A"}},"url":{"path":"/"},"url":{"query":"q"}}"#,
                .duplicateField(.path)
            ),
            (
                #"{"http":{"request":{"method":"A"},"request":null},"url":{"path":"/"}}"#,
                .duplicateField(.method)
            ),
            (#"{"http.request.method":"A","url.path":null}"#, .missingField(.path)),
            (#"{"http.request.method":"A","url":{}}"#, .missingField(.path)),
            (
                #"{"http.request.method":"A","url.path":"/","url":{"path":"/"}}"#,
                .duplicateField(.path)
            ),
            (
                #"{"http.request.method":"A","url":{"path":null},"url.path":"/"}"#,
                .duplicateField(.path)
            ),
            (#"{"http.request.method":"A","url.path":"/","url.path":"/"}"#, .duplicateField(.path)),
            (#"{"http.request.method":"A","url.path":1}"#, .wrongType(.path)),
            (#"{"http":{"request":{"method":{"a":1}}},"url":{"path":"/"}}"#, .wrongType(.method)),
        ])
    func rules(_ record: String, _ reason: RejectReason) throws {
        #expect(Parsed(record, with: try ecs()).reason == reason)
    }

    @Test(
        "what stands where a name leads through an object is no value of that name's field",
        arguments: [
            #"{"a":51234}"#, #"{"a":-1.5}"#, #"{"a":""}"#, #"{"a":"[1,2]"}"#, #"{"a":true}"#,
            #"{"a":[]}"#, #"{"a":[1,2]}"#,
        ])
    func inTheWay(_ record: String) throws {
        let fields = try InputFields(dense: "a.x", sparse: "a.svm")
        let settings = InputSettings(format: .json(fields))
        let decoder = try RecordDecoder(settings)
        decoder.install(try PreparedWants([InputWant(.dense)], for: settings))
        #expect(Parsed(record, with: decoder).reason == .wrongType(.dense))
        #expect(Parsed(#"{"a":null}"#, with: decoder).reason == .missingField(.dense))
        decoder.install(try PreparedWants([InputWant(.sparse)], for: settings))
        #expect(Parsed(record, with: decoder).reason == .wrongType(.sparse))
    }

    @Test(
        "names that cannot hold are refused, saying which",
        arguments: [
            ("", "path"), (".", "path"), ("a.", "path"), (".a", "path"), ("a..b", "path"),
            ("method", "method"), ("method.name", "method"), ("text", "text"), ("x", "dense"),
            ("svm.a", "sparse"), ("text_b64", "textBase64"), ("a.b.c.d.e.f.g.h.i", "path"),
        ])
    func refused(_ path: String, _ names: String) {
        let error = #expect(throws: SwerveError.self) { try InputFields(path: path) }
        #expect(error?.code == .usage)
        #expect(error?.reason.contains(path) == true)
        let field = RequestField.allCases.first { "\($0)" == names }
        #expect(error?.reason.contains(field?.name ?? "?") == true)
    }

    @Test("a name has at most so many parts and bytes")
    func bounds() throws {
        let deep = try InputFields(path: "a.b.c.d.e.f.g.h")
        let record = #"{"method":"M","a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":"/"}}}}}}}}"#
        #expect(Parsed(record, with: try decoder(deep)).string == "M /\n")
        let longest = String(repeating: "p", count: InputFields.nameBytesMax)
        let long = try decoder(InputFields(path: longest))
        #expect(Parsed(#"{"method":"M","\#(longest)":"/"}"#, with: long).string == "M /\n")
        #expect(throws: SwerveError.self) { try InputFields(path: longest + "p") }
    }
}
