import Inputs
import Lifecycle
import Scoring

/// What is read of lines in both targets of logs.
enum LogReaders {
    static let numbers = [
        "status", "bytes", "bytes_sent", "time", "request_time", "upstream_response_time",
        "server_port", "nowhere",
    ]

    /// A line with each decoder of one format, which must agree.
    struct Pair {
        let whole: Reader
        /// With bounds that lines reach, and without a score for a line of another format.
        let small: Reader

        init(_ plan: LogPlan, idField: String) {
            whole = Reader(
                InputSettings(
                    format: .log(LogSettings(plan: plan, idField: idField)), limitBytes: 4_200,
                    recordBytes: 4_096),
                [
                    InputWant(.text, fieldNames: LogReaders.numbers, wantsParts: true),
                    InputWant([], fieldNames: ["bytes", "status"]), InputWant([.text, .sparse]),
                    InputWant([], textNames: ["http_user_agent", "request", "status", "nowhere"]),
                ])
            small = Reader(
                InputSettings(
                    format: .log(LogSettings(plan: plan, idField: idField, scoresBadLines: false)),
                    limitBytes: 40, recordBytes: 1_024),
                [InputWant(.text, wantsParts: true), InputWant(.dense)])
        }
    }

    static func read(_ line: [UInt8], with readers: Pair) {
        let whole = readers.whole.read(line)
        let bare = withoutEnd(line)
        switch whole.reason {
        case nil: break
        case .emptyPayload: expect(bare.isEmpty, "a line is empty")
        case .tooLarge: expect(line.count > 4_096, "a line is too large")
        case .log(.manyLines): expect(bare.contains(0x0A), "one line is many")
        case let reason?: fail("a remote client chooses a dead letter: \(reason)")
        }
        if line.count <= 1_024 { agrees(readers.small.read(line), with: whole) }
        guard whole.reason == nil else { return }
        expect(!bare.contains(0x0A), "many lines are one")
        expect(whole.gives([.text, .fields]), "a view is not there")
        let (text, parts) = (whole.inputs[0].text, whole.inputs[0].parts)
        expect(text.last == 0x0A, "a text does not end as texts of requests do")
        expect(text.count <= bare.count + 3, "a text has more than its line")
        expect(whole.inputs[2].text == text, "a text depends on the want")
        if let parts { expect(parts.body.isEmpty, "a line has a body") }
        if whole.marks.contains(.malformed) {
            expect(text == bare + [0x0A] && parts == nil, "another text than the line")
            let isNaN = whole.inputs[0].fields.allSatisfy { Double(bitPattern: $0).isNaN }
            expect(isNaN && whole.id == nil, "a line of another format has fields")
        }
        expect(!whole.marks.contains(.truncated), "a whole text is marked")
        if line != bare, bare.last != 0x0D {
            var again = readers.whole.read(bare)
            again.reason = whole.reason
            expect(again == whole, "the end of a line is part of it")
        }
    }

    private static func agrees(_ small: Outcome, with whole: Outcome) {
        guard !whole.marks.contains(.malformed) else {
            return expect(small.reason == .log(.badLine), "a line of another format is none")
        }
        expect(small.reason == whole.reason, "a reason depends on the bound")
        guard whole.reason == nil else { return }
        let (cut, text) = (small.inputs[0].text, whole.inputs[0].text)
        expect(text.starts(with: cut), "a cut text is another one")
        expect(small.marks == (text.count > 40 ? .truncated : []), "a cut text is not marked")
        expect(small.id == whole.id, "an id depends on the bound")
        expect(
            (small.inputs[0].parts == nil) == (whole.inputs[0].parts == nil), "parts depend on it")
    }

    /// Less one LF, then one CR.
    private static func withoutEnd(_ line: [UInt8]) -> [UInt8] {
        var line = line
        if line.last == 0x0A { line.removeLast() }
        if line.last == 0x0D { line.removeLast() }
        return line
    }
}

/// Lines of formats that are used: the first byte chooses one, `a` the first.
enum LogTarget {
    static let formats: [(format: LogFormat, idField: String)] =
        LogFormat.named.map { ($0.format, "request_id") } + [
            (.apache(#"%{%Y-%m-%d}t\t%h\t%r\t%>s\t%B\t%{ms}T"#), "request_id"),
            (
                .nginx(
                    #"$remote_addr - $remote_user [$time_local] "$request" $status "#
                        + #"$body_bytes_sent "$http_referer" "$http_user_agent" "#
                        + #""$http_x_forwarded_for" $request_length $request_time "#
                        + "$upstream_response_time $upstream_status $pipe $request_id",
                    escape: .backslash), "request_id"
            ),
            (
                .nginx(
                    #"{"time":"$time_iso8601","addr":"$remote_addr","method":"$request_method","#
                        + #""uri":"$request_uri","request":"$request","status":$status,"#
                        + #""bytes":$body_bytes_sent,"rt":$request_time,"ua":"$http_user_agent"}"#,
                    escape: .json), "http_user_agent"
            ),
            (
                .apache(
                    #"%a %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %D %{X-Risk}i %I %O "#
                        + "%{UNIQUE_ID}e"), "env_unique_id"
            ),
            (.apache(#"%h "%m" "%U" "%q" %s"#), "remote_host"),
            (.apache(#"%h "%m" %v "%U%q" %s"#), "server_name"),
            (.nginx(#"$request_method "$request_uri" $time_iso8601"#, escape: .json), "target"),
            (.nginx(#"$http_user_agent - $request"#, escape: .backslash), "request"),
            (.nginx(#""$request" "$request_id" $msec"#, escape: .json), "request_id"),
            (.apache("%r"), "request"), (.apache("%m\t%U\t%q\t%D"), "path"),
        ]

    nonisolated(unsafe) private static let readers = formats.map { format, idField in
        do {
            return LogReaders.Pair(try LogPlan(format), idField: idField)
        } catch {
            fail("\(error)")
        }
    }

    static func run(_ input: [UInt8]) {
        guard let first = input.first else { return }
        let readers = unsafe Self.readers[Int(first &- 0x61) % Self.readers.count]
        LogReaders.read(Array(input.dropFirst()), with: readers)
    }
}

/// Format strings too: one byte for whose it is (0 Apache's, 1 nginx's, 2 with escape=json), the
/// string, a line break, the line.
enum LogFormatTarget {
    private struct Key: Hashable {
        let kind: UInt8
        let text: String
    }

    /// The decoders of the last formats; nil for strings that are none.
    nonisolated(unsafe) private static var known: [Key: LogReaders.Pair?] = [:]
    private static let knownMax = 512

    static func run(_ input: [UInt8]) {
        guard let kind = input.first else { return }
        let pieces = input.dropFirst().split(
            separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
        let text = String(decoding: pieces[0], as: UTF8.self)
        guard let readers = readers(Key(kind: kind % 3, text: text)) else { return }
        LogReaders.read(pieces.count > 1 ? Array(pieces[1]) : [], with: readers)
    }

    private static func readers(_ key: Key) -> LogReaders.Pair? {
        if let found = unsafe known[key] { return found }
        if unsafe known.count >= knownMax { unsafe known.removeAll() }
        let made = made(key)
        unsafe known[key] = .some(made)
        return made
    }

    private static func made(_ key: Key) -> LogReaders.Pair? {
        let format: LogFormat =
            switch key.kind {
            case 0: .apache(key.text)
            case 1: .nginx(key.text, escape: .backslash)
            default: .nginx(key.text, escape: .json)
            }
        do throws(LogFormatFault) {
            let plan = try LogPlan(format)
            for field in plan.rewrittenFields { expect(!field.isEmpty, "a field of no name") }
            return LogReaders.Pair(plan, idField: key.kind == 0 ? "env_unique_id" : "request_id")
        } catch {
            expect(!error.words.isEmpty, "a format is refused without words")
            let bytes = 1...max(1, key.text.utf8.count)
            expect(error.byte.map(bytes.contains) ?? true, "a fault beyond the format")
            return nil
        }
    }
}
