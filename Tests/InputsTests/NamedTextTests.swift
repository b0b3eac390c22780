import Inputs
import Lifecycle
import Scoring
import TestSupport
import Testing

@Suite("Named texts of records, and names with dots")
struct NamedTextTests {
    private func decoder(
        _ wants: InputWant..., limit: Int = 1 << 16, scoresInvalidUTF8: Bool = true
    ) throws -> RecordDecoder {
        let settings = InputSettings(limitBytes: limit, scoresInvalidUTF8: scoresInvalidUTF8)
        let decoder = try RecordDecoder(settings)
        decoder.install(try PreparedWants(wants, for: settings))
        return decoder
    }

    /// The texts of a want; nil for an absent one.
    private func texts(_ decoder: RecordDecoder, of want: Int = 0) -> [[UInt8]?] {
        unsafe decoder.input(of: want).texts.map { text in
            text.isAbsent ? nil : unsafe Array(text.bytes)
        }
    }

    private func strings(_ decoder: RecordDecoder, of want: Int = 0) -> [String?] {
        texts(decoder, of: want).map { $0.map { String(decoding: $0, as: UTF8.self) } }
    }

    @Test("texts come out of their escapes, in the order of the names, empty ones too")
    func texts() throws {
        let decoder = try decoder(InputWant([], textNames: ["url", "é", "n", "e", "a.b"]))
        let record =
            #"{"a":{"b":"\"\\\u00e9\ud83d\ude00\n"},"\u00e9":"x","e":"","n":null,"url":"/a?b=1"}"#
        #expect(Parsed(record, with: decoder).reason == nil)
        #expect(decoder.input.views == .texts && decoder.marks == [])
        #expect(strings(decoder) == ["/a?b=1", "x", nil, "", "\"\\é\u{1F600}\n"])
        #expect(Parsed("{}", with: decoder).reason == nil)
        #expect(strings(decoder) == [nil, nil, nil, nil, nil])
    }

    @Test(
        "what is no string, stands there twice or in both places is told with its name",
        arguments: [
            (#"{"t":1}"#, .namedNotText(0), "t is not a string"),
            (#"{"t":true}"#, .namedNotText(0), "t is not a string"),
            (#"{"t":["x"]}"#, .namedNotText(0), "t is not a string"),
            (#"{"t":{"x":"y"}}"#, .namedNotText(0), "t is not a string"),
            (#"{"t":"x","\u0074":"x"}"#, .namedDuplicate(0), "t stands there twice"),
            (#"{"a":"x"}"#, .namedNotText(1), "a.b is not a string"),
            (#"{"a":{"b":1}}"#, .namedNotText(1), "a.b is not a string"),
            (#"{"a.b":1}"#, .namedNotText(1), "a.b is not a string"),
            (#"{"a":{"b":"x"},"a":{}}"#, .namedDuplicate(1), "a.b stands there twice"),
            (#"{"a.b":"x","a.b":"x"}"#, .namedDuplicate(1), "a.b stands there twice"),
            (
                #"{"a.b":"x","a":{"b":"x"}}"#, .namedBoth(1),
                "'a.b' is there as a key of its own and inside 'a'"
            ),
            (
                #"{"a":{"b":null},"a.b":"x"}"#, .namedBoth(1),
                "'a.b' is there as a key of its own and inside 'a'"
            ),
            (#"{"t":"\ud800"}"#, .notUTF8, "the record is not UTF-8, or escapes half"),
        ] as [(String, RejectReason, String)])
    func refused(record: String, reason: RejectReason, words: String) throws {
        let decoder = try decoder(InputWant([], textNames: ["t", "a.b"]))
        #expect(Parsed(record, with: decoder).reason == nil)
        #expect(unsafe !decoder.input.views.contains(.texts) && decoder.input.texts.isEmpty)
        #expect(decoder.refusal(of: 0, .texts) == reason)
        #expect(decoder.words(reason).hasPrefix(words))
        #expect(Parsed(#"{"t":"ok","a.b":"too"}"#, with: decoder).reason == nil)
        #expect(strings(decoder) == ["ok", "too"])
    }

    @Test("bytes that are no UTF-8 are given as they came, or the record is refused")
    func invalidUTF8() throws {
        let record = Array(#"{"t":""#.utf8) + [0x61, 0xFF, 0x5C, 0x6E, 0xC3] + Array(#""}"#.utf8)
        let taking = try decoder(InputWant([], textNames: ["t"]))
        #expect(Parsed(record, with: taking).reason == nil)
        #expect(texts(taking) == [[0x61, 0xFF, 0x0A, 0xC3]])
        let refusing = try decoder(InputWant([], textNames: ["t"]), scoresInvalidUTF8: false)
        #expect(Parsed(record, with: refusing).reason == .notUTF8)
    }

    @Test("a text above the limit is cut between characters, and the record is marked")
    func cut() throws {
        let decoder = try decoder(InputWant([], textNames: ["t", "u"]), limit: 8)
        #expect(Parsed(#"{"t":"1234567é","u":"12345678"}"#, with: decoder).reason == nil)
        #expect(strings(decoder) == ["1234567", "12345678"])
        #expect(decoder.marks == .truncated)
        #expect(Parsed(#"{"t":"\u0061234567é","u":""}"#, with: decoder).reason == nil)
        #expect(strings(decoder) == ["a234567", ""])
        #expect(Parsed(#"{"t":"1"}"#, with: decoder).reason == nil)
        #expect(decoder.marks == [])
    }

    @Test("a name with dots is a key, or leads into objects; between, it means nothing")
    func dotted() throws {
        let decoder = try decoder(InputWant([], fieldNames: ["net.bytes", "a.b.c", "net"]))
        func numbers(_ record: String) -> [Double?]? {
            guard Parsed(record, with: decoder).reason == nil,
                decoder.input.views.contains(.fields)
            else { return nil }
            return unsafe decoder.input.fields.map { $0.isNaN ? nil : $0 }
        }
        #expect(numbers(#"{"net.bytes":1,"a.b.c":2,"net":3}"#) == [1, 2, 3])
        #expect(numbers(#"{"a":{"b":{"c":2}},"net.bytes":1}"#) == [1, 2, nil])
        #expect(numbers(#"{"a.b":{"c":2},"a":{"b.c":3}}"#) == [nil, nil, nil])
        #expect(numbers(#"{"net":null}"#) == [nil, nil, nil])
        // No object to lead into, be it a field itself or not.
        #expect(numbers(#"{"net":5}"#) == nil)
        #expect(decoder.refusal(of: 0, .fields) == .namedWrongType(0))
        // Where the key is there, what would block the other way does not matter.
        #expect(numbers(#"{"a":7,"a.b.c":2}"#) == [nil, 2, nil])
        #expect(numbers(#"{"a.b.c":2,"a":"x"}"#) == [nil, 2, nil])
        #expect(numbers(#"{"a":{"b":[1]},"a.b.c":2}"#) == [nil, 2, nil])
        #expect(numbers(#"{"a":7}"#) == nil)
        #expect(decoder.refusal(of: 0, .fields) == .namedWrongType(1))
        #expect(numbers(#"{"a.b.c":1,"a":{"b":{"c":null}}}"#) == nil)
        #expect(decoder.refusal(of: 0, .fields) == .namedBoth(1))
        #expect(decoder.words(.namedBoth(1)).hasSuffix("inside 'a.b'"))
        #expect(numbers(#"{"a":{"b":{"c":1}},"a":{},"a.b.c":2}"#) == nil)
    }

    @Test("a name with an empty part is a key alone")
    func emptyParts() throws {
        let names = [".a", "a.", "a..b", "."]
        let decoder = try decoder(InputWant([], fieldNames: names))
        #expect(
            Parsed(#"{".a":1,"a.":2,"a..b":3,".":4,"a":{"":{"b":5}}}"#, with: decoder).reason
                == nil)
        #expect(unsafe Array(decoder.input.fields) == [1, 2, 3, 4])
    }

    @Test("scorers get their own texts, and one may want as a number what is a text of another")
    func wants() throws {
        let decoder = try decoder(
            InputWant([], textNames: ["b", "a"]), InputWant([], fieldNames: ["a"]),
            InputWant([.text], textNames: ["c", "a"]))
        #expect(Parsed(#"{"a":"x","b":"y","text":"z"}"#, with: decoder).reason == nil)
        #expect(strings(decoder) == ["y", "x"])
        #expect(decoder.input(of: 1).views == [])
        #expect(decoder.refusal(of: 1, .fields) == .namedWrongType(0))
        #expect(strings(decoder, of: 2) == [nil, "x"])
        #expect(unsafe Array(decoder.input(of: 2).text) == Array("z".utf8))
        #expect(Parsed(#"{"a":1,"b":"y"}"#, with: decoder).reason == nil)
        #expect(decoder.input.views == [] && decoder.refusal(of: 0, .texts) == .namedNotText(2))
        #expect(decoder.words(.namedNotText(2)) == "a is not a string")
        #expect(unsafe Array(decoder.input(of: 1).fields) == [1])
    }

    @Test("numbers and texts are those of a reader that goes name by name")
    func differential() throws {
        var generator = SeededGenerator(seed: 1503)
        let numbers = ["a.b", "b.c", "a", "a.b.c", "z", "c."]
        let texts = ["t", "a.t", "a.b.c", "é", "b.c", "c."]
        let decoder = try decoder(
            InputWant([], fieldNames: numbers), InputWant([], textNames: texts), InputWant(.text))
        var seen: Set<String> = []
        for _ in 0..<20_000 {
            let record = OrderedJSON.randomObject(depth: 0, &generator)
            let text = record.text(&generator)
            let reason = Parsed(text, with: decoder).reason
            #expect(reason == nil || reason == .duplicateField(.text), "\(text)")
            let wantedNumbers = numbers.map { NamedMeaning($0, isText: false, of: record) }
            let wantedTexts = texts.map { NamedMeaning($0, isText: true, of: record) }
            #expect(meanings(decoder, 0, wantedNumbers, numbers.count) == nil, "\(text)")
            #expect(meanings(decoder, 1, wantedTexts, numbers.count) == nil, "\(text)")
            for meaning in wantedNumbers + wantedTexts { seen.insert("\(meaning)".prefix(5) + "") }
        }
        #expect(seen.count == 6, "\(seen)")
    }

    /// What differs from what is meant; nil where nothing does.
    private func meanings(
        _ decoder: RecordDecoder, _ want: Int, _ meant: [NamedMeaning], _ numberCount: Int
    ) -> String? {
        let input = decoder.input(of: want)
        let isText = want == 1
        guard !input.views.isEmpty else {
            let first = meant.first { [.wrongType, .duplicate, .both].contains($0) }
            switch (decoder.refusal(of: want, isText ? .texts : .fields), first) {
            case (.namedWrongType, .wrongType) where !isText: return nil
            case (.namedNotText, .wrongType) where isText: return nil
            case (.namedDuplicate, .duplicate), (.namedBoth, .both): return nil
            case (let reason, _): return "\(reason), not \(String(describing: first))"
            }
        }
        let got: [NamedMeaning] =
            isText
            ? strings(decoder, of: want).map { $0.map { .text($0) } ?? .absent }
            : unsafe input.fields.map { $0.isNaN ? .absent : .number($0) }
        return got == meant ? nil : "\(got), not \(meant)"
    }

    // MARK: - The text that stands for a named one

    private func scorerInput(_ record: String, lexical: Bool = false) throws -> String? {
        let ngrams = FeatureSource.textField(
            "url",
            .hashedNgrams(
                HashedNgrams(
                    analyzer: .byte, ngramRange: 1...1, featureCount: 4, alternateSign: false,
                    lowercase: false, norm: nil, binary: false)))
        let featurizer = try Featurizer(
            FeaturizerSpec(
                source: lexical
                    ? .union([FeaturizerSpec(source: .lexical), FeaturizerSpec(source: ngrams)])
                    : ngrams))
        let lines = try LineDecoder(want: InputWant(featurizer))
        do throws(InputLineRefusal) {
            let input = try lines.decode(Array(record.utf8)).input
            let buffer = FeatureBuffer()
            featurizer.features(of: input, into: buffer)
            if let fault = buffer.fault { return featurizer.words(of: fault) }
            return (input.texts["url"] ?? input.text).map { String(decoding: $0, as: UTF8.self) }
        } catch {
            return error.words
        }
    }

    @Test(
        "the record's own text stands for the one named text that it lacks, and nothing else does",
        arguments: [
            (#"{"url":"u","text":"t"}"#, "u"), (#"{"text":"t"}"#, "t"),
            (#"{"url":null,"text_b64":"dA=="}"#, "t"), (#"{"url":""}"#, ""),
            (#"{}"#, "the field 'url' is missing"),
            (#"{"method":"GET","path":"/"}"#, "the field 'url' is missing"),
            (#"{"url":1,"text":"t"}"#, "url is not a string"),
            (#"{"url":"u","text":1}"#, "u"),
        ] as [(String, String)])
    func spare(record: String, expected: String) throws {
        #expect(try scorerInput(record) == expected)
    }

    @Test("beside lexical features the request is wanted too, and does not stand for the text")
    func besideLexical() throws {
        #expect(
            try scorerInput(#"{"method":"GET","path":"/"}"#, lexical: true)
                == "the field 'url' is missing")
        #expect(
            try scorerInput(#"{"method":"GET","path":"/","url":"u"}"#, lexical: true) == "u")
        #expect(try scorerInput(#"{"text":"t"}"#, lexical: true) == "t")
        #expect(try scorerInput(#"{"url":"u"}"#, lexical: true) == "method is missing")
    }

    // MARK: - Hostile records

    @Test("a mebibyte of keys, repeated parents and both forms costs what reading it costs")
    func hostile() throws {
        let names = (0..<2_000).map { "a.b.f\($0)" }
        let decoder = try decoder(
            InputWant([], fieldNames: names, textNames: names.map { $0 + "t" }))
        let many = (0..<100_000).map { #""k\#($0)":"v""# }.joined(separator: ",")
        let again = [String](repeating: #""a":{"b":1}"#, count: 60_000).joined(separator: ",")
        let both = names.map { #""\#($0)":1"# }.joined(separator: ",")
        let inner = names.map { #""\#($0.dropFirst(4))":1"# }.joined(separator: ",")
        let blocked = [String](repeating: #""a":1"#, count: 150_000).joined(separator: ",")
        let clock = ContinuousClock()
        let took = clock.measure {
            for record in [many, again, blocked, "\(both),\"a\":{\"b\":{\(inner)}}"] {
                for _ in 0..<5 { _ = Parsed("{\(record)}", with: decoder) }
            }
        }
        #expect(decoder.refusal(of: 0, .fields) == .namedBoth(0))
        // Quadratic work would take minutes.
        #expect(took < .seconds(20))
    }

    @Test("many names are made ready at once, however alike")
    func manyNames() throws {
        let names = (0..<4_096).map { "aaaaaaaa.bbbbbbbb.c\($0).d" }
        let took = try ContinuousClock().measure {
            _ = try decoder(InputWant([], fieldNames: names, textNames: names.map { $0 + "t" }))
        }
        #expect(took < .seconds(5))
    }
}
