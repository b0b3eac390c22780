import Inputs
import Lifecycle
import Scoring
import Testing

/// What is read of lines, rule by rule.
@Suite("Log lines")
struct LogRecordTests {
    /// What a line gave: its text and parts, its numbers, its id.
    struct Read: Equatable {
        var text: String?
        var parts: [Int]?
        var numbers: [Double?] = []
        var id: String?
        var reason: String?
        var isMalformed = false
    }

    private func read(
        _ line: [UInt8], _ format: LogFormat, numbers: [String] = [], id: String = "request_id",
        scoresBadLines: Bool = true, limit: Int = 1 << 12
    ) throws -> Read {
        let log = LogSettings(
            plan: try LogPlan(format), idField: id, scoresBadLines: scoresBadLines)
        let settings = InputSettings(format: .log(log), limitBytes: limit)
        let decoder = try RecordDecoder(settings)
        decoder.install(
            try PreparedWants(
                [InputWant(.text, fieldNames: numbers, wantsParts: true)], for: settings))
        let parsed = Parsed(line, with: decoder)
        if let reason = parsed.reason { return Read(reason: reason.code) }
        let parts = decoder.input.parts.map { [$0.method.count, $0.path.count, $0.query.count] }
        let owned = OwnedInput(decoder.input, fieldNames: numbers)
        var values: [Double?] = []
        for place in numbers.indices {
            let value = unsafe decoder.input.fields[place]
            values.append(value.isNaN ? nil : value)
        }
        return Read(
            text: String(decoding: owned.text ?? [], as: UTF8.self), parts: parts,
            numbers: values, id: parsed.id, isMalformed: decoder.marks.contains(.malformed))
    }

    private func text(
        _ line: String, _ format: LogFormat = .apache("%h \"%r\" %s")
    ) throws
        -> String?
    { try read(Array(line.utf8), format).text }

    private static let nginx = LogFormat.nginx(
        #"$remote_addr - $remote_user [$time_local] "$request" $status "$http_user_agent" "#
            + "$request_length $upstream_response_time $upstream_status $request_id",
        escape: .backslash)

    @Test("a whole line: the request, numbers by their names, the time and the id")
    func whole() throws {
        let line =
            #"10.0.0.1 - a b [29/Feb/2024:12:00:00 +0100] "GET /a?b=1 HTTP/1.1" 200 "x \"y" 42 "#
            + "0.5, 0.25 : 0.125 502, 200 : 404 r\\x2d1"
        let names = [
            "status", "time", "bytes_received", "upstream_response_time", "upstream_status",
            "absent",
        ]
        let read = try read(Array(line.utf8), Self.nginx, numbers: names)
        #expect(
            read
                == Read(
                    text: "GET /a?b=1\n", parts: [3, 2, 3],
                    numbers: [200, 1_709_204_400, 42, 0.125, 404, nil], id: "r-1"))
    }

    @Test(
        "from a request to a text",
        arguments: [
            ("GET /a HTTP/1.1", "GET /a\n"), ("GET /a", "GET /a\n"), ("GET /a?", "GET /a\n"),
            ("GET /a?b?c HTTP/2", "GET /a?b?c\n"), ("GET /a b HTTP/1.0", "GET /a b\n"),
            ("GET /a HTTP/1.", "GET /a HTTP/1.\n"), ("GET /a http/1.1", "GET /a http/1.1\n"),
            ("GET /a HTTP/1.1 ", "GET /a HTTP/1.1 \n"), ("GET /a HTTP/1234", "GET /a HTTP/1234\n"),
            ("GET / HTTP/1.1 HTTP/1.1", "GET / HTTP/1.1\n"), ("-", "-\n"), ("", "\n"),
            ("G\\x00T /a HTTP/1.1", "G\0T /a HTTP/1.1\n"), (" /a", " /a\n"),
            ("GET http://h.example/a?b HTTP/1.1", "GET /a?b\n"), ("GET http://h", "GET \n"),
            ("GET http://h?q", "GET ?q\n"), ("GET http://u@h/a", "GET http://u@h/a\n"),
            ("GET http://h%41/a", "GET http://h%41/a\n"), ("GET http:///a", "GET http:///a\n"),
            ("CONNECT h:443 HTTP/1.1", "CONNECT h:443\n"), ("OPTIONS * HTTP/1.1", "OPTIONS *\n"),
            ("abcdefghijklmnopqrstuvwxyzABCDEF /", "abcdefghijklmnopqrstuvwxyzABCDEF /\n"),
            (
                "abcdefghijklmnopqrstuvwxyzABCDEFG / HTTP/1.1",
                "abcdefghijklmnopqrstuvwxyzABCDEFG / HTTP/1.1\n"
            ),
        ])
    func requests(_ request: String, _ expected: String) throws {
        #expect(try text("h \"\(request)\" 200") == expected)
    }

    @Test(
        "escapes of Apache, and what is none",
        arguments: [
            (#"\x41\xe9"#, [0x41, 0xE9]), (#"\"\\"#, [0x22, 0x5C]),
            (#"\b\f\n\r\t\v"#, [8, 12, 10, 13, 9, 11]), (#"\xzz\q"#, Array(#"\xzz\q"#.utf8)),
            (#"\x4"#, Array(#"\x4"#.utf8)), (#"\u0041"#, Array(#"\u0041"#.utf8)),
        ] as [(String, [UInt8])])
    func escapes(_ written: String, _ bytes: [UInt8]) throws {
        let line = Array("h \"GET /\(written)\" 200".utf8)
        let log = LogSettings(plan: try LogPlan(.apache("%h \"%r\" %s")))
        let decoder = try RecordDecoder(InputSettings(format: .log(log)))
        #expect(Parsed(line, with: decoder).text == Array("GET /".utf8) + bytes + [0x0A])
    }

    @Test(
        "escapes of nginx's escape=json, and what is none",
        arguments: [
            (#"\u0041\u00e9\u20AC\ud83d\ude00"#, "Aé€😀"), (#"\"\\\/\n"#, "\"\\/\n"),
            (#"\ud83d"#, #"\ud83d"#), (#"\ud83d\u0041"#, #"\ud83dA"#), (#"\ude00"#, #"\ude00"#),
            (#"\x41"#, #"\x41"#), (#"\u00"#, #"\u00"#),
        ])
    func jsonEscapes(_ written: String, _ expected: String) throws {
        let format = LogFormat.nginx(#"{"r":"$request","s":$status}"#, escape: .json)
        let line = #"{"r":"GET /\#(written) HTTP/1.1","s":200}"#
        #expect(try text(line, format) == "GET /\(expected)\n")
    }

    @Test(
        "a quotation mark ends nothing that it should not",
        arguments: [
            (#"h "GET /\" 200" 404"#, "GET /\" 200\n"), (#"h "GET /" x" 404"#, "GET /\" x\n"),
            (#"h "GET /\\" 404"#, "GET /\\\n"), (#"h "GET /\\\" 5" 404"#, "GET /\\\" 5\n"),
            (#"h "GET /" -"#, "GET /\n"), (#"h "GET /a"b HTTP/1.1" 404"#, "GET /a\"b\n"),
        ])
    func quotes(_ line: String, _ expected: String) throws {
        #expect(try text(line) == expected)
    }

    @Test("a user's name may hold anything, and forges neither time nor request")
    func names() throws {
        for name in ["-", "\"\"", "a b", "x [y] z", "- [01/Jan/2020:00:00:00 +0000] \\\"GET /f"] {
            let line = "1.2.3.4 - \(name) [02/Jan/2024:00:00:00 +0000] \"GET /a HTTP/1.1\" 200 5"
            #expect(try text(line, LogFormat(named: "common")) == "GET /a\n", "\(name)")
        }
    }

    @Test("a line that is cut is scored as far as it goes, from the request on")
    func cut() throws {
        let line = #"1.2.3.4 - - [02/Jan/2024:00:00:00 +0000] "GET /ab?c HTTP/1.1" 200 5 "-" "x""#
        let format = try LogFormat(named: "combined")
        let start = 42
        for count in 1...line.utf8.count {
            let read = try read(Array(line.utf8.prefix(count)), format, numbers: ["status"])
            #expect(read.isMalformed == (count < start), "\(count)")
            guard count >= start else {
                #expect(read.text == String(line.prefix(count)) + "\n" && read.parts == nil)
                continue
            }
            let text = line.dropFirst(start).prefix(count - start)
            guard !text.contains("\""), !text.contains(" HTTP/"), text.contains("/") else {
                continue
            }
            #expect(read.text == (text.hasSuffix("?") ? text.dropLast() : text) + "\n")
        }
        #expect(try text(#"h "GET /a\""#) == "GET /a\"\n")
        #expect(try text(#"h "GET /a""#) == "GET /a\n")
        #expect(try text(#"h "GET /a\\""#) == "GET /a\\\n")
    }

    @Test("what is no line of the format is scored as a whole, or refused where that is set")
    func malformed() throws {
        let format = try LogFormat(named: "combined")
        let line = Array("panic: no log".utf8)
        let scored = try read(line, format, numbers: ["status"])
        #expect(scored == Read(text: "panic: no log\n", numbers: [nil], isMalformed: true))
        #expect(try read(line, format, scoresBadLines: false).reason == "bad_line")
    }

    @Test("line ends, several lines, nothing")
    func lines() throws {
        for end in ["", "\n", "\r\n", "\r"] {
            #expect(try text("h \"GET /\" 2" + end) == "GET /\n")
        }
        let format = LogFormat.apache("%r")
        #expect(try text("GET /\r\r\n", format) == "GET /\r\n")
        #expect(try read(Array("GET /\nGET /".utf8), format).reason == "many_lines")
        #expect(try read(Array("GET /\n\n".utf8), format).reason == "many_lines")
        for nothing in ["", "\n", "\r\n", "\r"] {
            #expect(try read(Array(nothing.utf8), format).reason == "empty_payload")
        }
    }

    @Test("what a shipper puts before a line is passed over, or part of the first field")
    func prefixes() throws {
        let format = LogFormat.nginx(#"<<$remote_addr>> "$request" $status"#, escape: .backslash)
        #expect(try text(#"<30>Jan 1 host nginx: <<h>> "GET /" 200"#, format) == "GET /\n")
        #expect(try text(#"Jan 1 host: h "GET /" 200"#) == "GET /\n")
    }

    @Test("parts that stand apart")
    func parts() throws {
        let split = LogFormat.apache(#"%m "%U" "%q""#)
        #expect(try text(#"GET "/a?b" "?c=1""#, split) == "GET /a?b?c=1\n")
        #expect(try text(#"GET "/a" "-""#, split) == "GET /a\n")
        #expect(try text(#"GET "/a" "??c""#, split) == "GET /a??c\n")
        #expect(try text(#"GET "/a"#, split) == "GET /a\n")
        let target = LogFormat.nginx(#"$request_method "$request_uri" $status"#, escape: .backslash)
        #expect(try text(#"GET "http://h/a?b" 200"#, target) == "GET /a?b\n")
        #expect(try text(#"- "" 200"#, target) == "- \n")
    }

    @Test(
        "numbers, and what is none",
        arguments: [
            ("0", 0), ("-1.5", -1.5), ("1e3", 1_000), ("1E-2", 0.01), ("0.1", 0.1),
            ("9007199254740993", 9_007_199_254_740_992),
            ("123456789012345678901234567890", 1.2345678901234568e29),
            ("1e999", .infinity), ("-1e999", -.infinity), ("1e-999", 0), ("0e99999999999999", 0),
            ("0.000000000000000000000000001", 1e-27), ("1, 2", 2), ("1 : 3", 3), ("1, -", nil),
            ("-", nil), ("", nil), ("+1", nil), (".5", nil), ("1.", nil), ("nan", nil),
            ("0x10", nil), ("1e", nil), ("1 2", nil), ("inf", nil),
        ] as [(String, Double?)])
    func numbers(_ written: String, _ expected: Double?) throws {
        let format = LogFormat.nginx(#""$request" "$x""#, escape: .backslash)
        let read = try read(Array("\"GET /\" \"\(written)\"".utf8), format, numbers: ["x"])
        #expect(read.numbers == [expected])
    }

    @Test(
        "times, and what is none",
        arguments: [
            ("01/Jan/1970:00:00:00 +0000", 0), ("29/Feb/2024:12:00:00 -0130", 1_709_213_400),
            ("31/Dec/9999:23:59:60 +0000", 253_402_300_800), ("29/Feb/2023:00:00:00 +0000", nil),
            ("1/Jan/1970:00:00:00 +0000", nil), ("01/jan/1970:00:00:00 +0000", nil),
            ("01/Jan/1970:24:00:00 +0000", nil), ("01/Jan/0000:00:00:00 +0000", nil),
            ("01/Jan/1970:00:00:00 +0060", nil), ("01/Jan/1970:00:00:61 +0000", nil),
        ] as [(String, Double?)])
    func times(_ written: String, _ expected: Double?) throws {
        let read = try read(
            Array("[\(written)] \"GET /\"".utf8), .apache("%t \"%r\""), numbers: ["time"])
        #expect(read.numbers == [expected])
    }

    @Test("times of ISO 8601, of msec, and units of durations")
    func otherTimes() throws {
        func number(_ format: LogFormat, _ line: String, _ name: String) throws -> Double? {
            try read(Array(line.utf8), format, numbers: [name]).numbers[0]
        }
        let iso = LogFormat.nginx(#"$time_iso8601 "$request""#, escape: .backslash)
        #expect(try number(iso, "2024-01-01T01:00:00+01:00 \"GET /\"", "time") == 1_704_067_200)
        #expect(try number(iso, "2024-01-01T00:00:00Z \"GET /\"", "time") == 1_704_067_200)
        #expect(try number(iso, "2024-01-01 00:00:00Z \"GET /\"", "time") == nil)
        let msec = LogFormat.nginx(#"$msec "$request""#, escape: .backslash)
        #expect(try number(msec, "1704067200.125 \"GET /\"", "time") == 1_704_067_200.125)
        for (directive, value) in [
            ("%D", 0.0025), ("%{us}T", 0.0025), ("%{ms}T", 2.5), ("%T", 2_500), ("%{s}T", 2_500),
        ] {
            let format = LogFormat.apache("\"%r\" \(directive)")
            #expect(try number(format, "\"GET /\" 2500", "request_time") == value)
        }
        let usec = LogFormat.apache("%{begin:usec}t \"%r\"")
        #expect(try number(usec, "1704067200000000 \"GET /\"", "time") == 1_704_067_200)
    }

    @Test("ids: named, unescaped, cut between characters, made UTF-8")
    func ids() throws {
        func id(_ bytes: [UInt8]) throws -> String? {
            try read(
                Array("\"GET /\" \"".utf8) + bytes + [0x22], .apache("\"%r\" \"%{UNIQUE_ID}e\""),
                id: "env_unique_id"
            ).id
        }
        #expect(try id(Array("Zx@1".utf8)) == "Zx@1")
        #expect(try id([0x2D]) == nil)
        #expect(try id([]) == nil)
        #expect(try id(Array(#"a\"\x0ab"#.utf8)) == #"a\"\nb"#)
        #expect(try id([0x61, 0xFF, 0xE2, 0x82, 0x62]) == "a\u{FFFD}\u{FFFD}b")
        let long = String(repeating: "é", count: 200)
        #expect(try id(Array(("a" + long).utf8)) == "a" + String(repeating: "é", count: 127))
    }

    @Test("a text above the limit is cut, with its parts, and marked")
    func long() throws {
        let line = Array("h \"GET /\(String(repeating: "a", count: 100))?q\" 200".utf8)
        let log = LogSettings(plan: try LogPlan(.apache("%h \"%r\" %s")))
        let settings = InputSettings(format: .log(log), limitBytes: 20)
        let decoder = try RecordDecoder(settings)
        decoder.install(try PreparedWants([InputWant(.text, wantsParts: true)], for: settings))
        #expect(Parsed(line, with: decoder).string == "GET /aaaaaaaaaaaaaaa")
        #expect(decoder.marks == .truncated)
        #expect(decoder.input.parts?.path == 4..<20 && decoder.input.parts?.query.isEmpty == true)
        let bad = [UInt8](repeating: 0x61, count: 50)
        #expect(Parsed(bad, with: decoder).text == Array(bad.prefix(20)))
        #expect(decoder.marks == [.truncated, .malformed])
    }

    @Test("a scorer of x or svm gets nothing of a line")
    func numbersAlone() throws {
        let log = LogSettings(plan: try LogPlan(.apache("%h \"%r\" %s")))
        let settings = InputSettings(format: .log(log))
        let decoder = try RecordDecoder(settings)
        decoder.install(try PreparedWants([InputWant(.sparse)], for: settings))
        #expect(Parsed("h \"GET /\" 200", with: decoder).reason == .textNotNumbers)
    }
}
