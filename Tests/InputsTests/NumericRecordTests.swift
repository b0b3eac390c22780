import Inputs
import Lifecycle
import Scoring
import TestSupport
import Testing

@Suite("Records of numbers")
struct NumericRecordTests {
    private static let everything = InputWant(
        [.text, .dense, .sparse], fieldNames: ["bytes", "user.age"], wantsParts: true)

    private func decoder(_ wants: InputWant...) throws -> RecordDecoder {
        let decoder = try RecordDecoder(InputSettings(limitBytes: 1 << 16))
        try decoder.want(wants)
        return decoder
    }

    private func dense(_ list: String) throws -> (RejectReason?, [Double]) {
        let decoder = try decoder(InputWant(.dense))
        let parsed = Parsed(#"{"x":\#(list)}"#, with: decoder)
        return unsafe (parsed.reason, Array(decoder.input.dense))
    }

    @Test("indices of svm begin at 0 where a scorer's do, and there alone")
    func indexZero() throws {
        let plan = try Featurizer(
            FeaturizerSpec(source: .sparseFromZero(count: 8)))
        let decoder = try decoder(InputWant(plan))
        let parsed = Parsed(#"{"svm":"0:1 1:2 7:3"}"#, with: decoder)
        #expect(parsed.reason == nil)
        #expect(unsafe Array(decoder.input.sparseIndices) == [ScoringInput.indexZero, 0, 6])
        #expect(Parsed(#"{"svm":"0:1 0:2"}"#, with: decoder).reason == .pairOrder(byte: 5))
        #expect(Parsed(#"{"svm":"1:1 0:2"}"#, with: decoder).reason == .pairOrder(byte: 5))
        #expect(Parsed(#"{"svm":"-1:1"}"#, with: decoder).reason == .badPair(byte: 1))
        let one = try self.decoder(InputWant(.sparse))
        #expect(Parsed(#"{"svm":"0:1"}"#, with: one).reason == .badPair(byte: 1))
    }

    @Test(
        "x is read to the last bit",
        arguments: [
            ("[]", []), ("[ ]", []), ("[1,2]", [1, 2]),
            ("[ -0.5 ,\n1e3 , 1E-3]", [-0.5, 1_000, 1e-3]),
            ("[0.1,0.30000000000000004]", [0.1, 0.1 + 0.2]),
            ("[1e999,-1e999]", [.infinity, -.infinity]),
            ("[1e-999,-1e-999,5e-324]", [0, -0.0, .leastNonzeroMagnitude]),
            (#"["inf","-inf"]"#, [.infinity, -.infinity]),
            ("[123456789012345678901234567890]", [123_456_789_012_345_677_877_719_597_056]),
        ] as [(String, [Double])])
    func numbers(list: String, expected: [Double]) throws {
        let (reason, got) = try dense(list)
        #expect(reason == nil)
        #expect(got.map(\.bitPattern) == expected.map(\.bitPattern))
    }

    /// Around 15 digits, up to which a number is read by one division.
    @Test("numbers of any number of digits are read to the last bit, of x, svm and fields")
    func digits() throws {
        var generator = SeededGenerator(seed: 15)
        for _ in 0..<400 {
            let length = Int.random(in: 1...20, using: &generator)
            var text = (0..<length).map { _ in
                String(Int.random(in: 0...9, using: &generator))
            }.joined()
            while text.count > 1, text.hasPrefix("0") { text.removeFirst() }
            if Bool.random(using: &generator) {
                text += "."
                for _ in 0..<Int.random(in: 1...19, using: &generator) {
                    text += String(Int.random(in: 0...9, using: &generator))
                }
            }
            if Int.random(in: 0...9, using: &generator) == 0 { text += "e-2" }
            if Bool.random(using: &generator) { text = "-" + text }
            let expected = try #require(Double(text)).bitPattern
            let decoder = try decoder(InputWant([.dense, .sparse], fieldNames: ["bytes"]))
            let parsed = Parsed(
                #"{"bytes":\#(text),"x":[\#(text) ,\#(text)],"svm":"1:\#(text) 7:+\#(text)"}"#,
                with: decoder)
            // LIBSVM takes one sign.
            let hasTwoSigns = text.hasPrefix("-")
            #expect(parsed.reason == nil)
            #expect(decoder.input.views.contains(.sparse) == !hasTwoSigns)
            let numbers =
                unsafe Array(decoder.input.fields) + Array(decoder.input.dense)
                + Array(decoder.input.sparseValues)
            #expect(numbers.count == (hasTwoSigns ? 3 : 5))
            #expect(numbers.allSatisfy { $0.bitPattern == expected }, "\(text)")
        }
    }

    @Test("each of many fields with names that are alike has its own number")
    func alikeNames() throws {
        let names =
            (0..<400).flatMap { number in
                ["x\(number)", "feature_\(number)_of_the_request", "n.\(number)a"]
            } + (1...40).map { String(repeating: "a", count: $0) }
        let wants = InputWant([], fieldNames: names)
        let plain = names.enumerated().filter { !$1.contains(".") }
            .map { #""\#($1)":\#($0)"# }
        let inner = names.enumerated().filter { $1.contains(".") }
            .map { #""\#($1.dropFirst(2))":\#($0)"# }
        let record =
            "{" + plain.joined(separator: ",") + #","n":{"#
            + inner.joined(separator: ",") + "}}"
        let decoder = try decoder(wants)
        let parsed = Parsed(record, with: decoder)
        #expect(parsed.reason == nil)
        #expect(unsafe Array(decoder.input.fields) == names.indices.map(Double.init))
    }

    @Test("nan is a number of x")
    func nan() throws {
        let (reason, got) = try dense(#"[1,"nan"]"#)
        #expect(reason == nil)
        #expect(got.count == 2 && got[1].isNaN)
    }

    @Test(
        "what x is not, is refused with the element",
        arguments: [
            ("{}", .wrongType(.dense)), (#""1,2""#, .wrongType(.dense)), ("5", .wrongType(.dense)),
            ("null", .missingField(.dense)), ("[1,null]", .notANumber(.dense, element: 2)),
            (#"["NaN"]"#, .notANumber(.dense, element: 1)),
            ("[1,2,[3]]", .notANumber(.dense, element: 3)),
            ("[true]", .notANumber(.dense, element: 1)),
            (#"["inf ","x"]"#, .notANumber(.dense, element: 1)),
            (#"["\u006ean"]"#, .notANumber(.dense, element: 1)),
            ("[{}]", .notANumber(.dense, element: 1)),
            (#"[1],"x":[1]"#, .duplicateField(.dense)), ("[01]", .notJSON), ("[1,]", .notJSON),
        ] as [(String, RejectReason)])
    func badDense(list: String, reason: RejectReason) throws {
        #expect(try dense(list).0 == reason)
    }

    private func sparse(_ text: String) throws -> (RejectReason?, [UInt32], [Double]) {
        let decoder = try decoder(InputWant(.sparse))
        let parsed = Parsed(#"{"svm":"\#(text)"}"#, with: decoder)
        let input = decoder.input
        return unsafe (parsed.reason, Array(input.sparseIndices), Array(input.sparseValues))
    }

    @Test(
        "svm is read as LIBSVM reads it",
        arguments: [
            ("", [], []), ("  ", [], []), ("1:0.5 3:-2", [0, 2], [0.5, -2]),
            (" 7:+1e3\\t8:.5 \\n", [6, 7], [1_000, 0.5]),
            ("2:inf 3:-INFINITY", [1, 2], [.infinity, -.infinity]),
            ("2147483647:1", [2_147_483_646], [1]), ("1:1e999 2:1e-999", [0, 1], [.infinity, 0]),
            ("001:5.", [0], [5]),
        ] as [(String, [UInt32], [Double])])
    func pairs(text: String, indices: [UInt32], values: [Double]) throws {
        let got = try sparse(text)
        #expect(got.0 == nil)
        #expect(got.1 == indices)
        #expect(got.2 == values)
        let nan = try sparse("4:nan 5:-NaN")
        #expect(nan.1 == [3, 4] && nan.2.allSatisfy { $0.isNaN })
    }

    @Test(
        "what is no pair is refused with its byte",
        arguments: [
            ("1", .badPair(byte: 1)), ("1:", .badPair(byte: 1)), ("1 1:2", .badPair(byte: 1)),
            ("+1 2:3", .badPair(byte: 1)), ("1:2 x", .badPair(byte: 5)), ("0:1", .badPair(byte: 1)),
            ("-1:1", .badPair(byte: 1)), ("2147483648:1", .badPair(byte: 1)),
            ("99999999999999999999:1", .badPair(byte: 1)), ("1:2:3", .badPair(byte: 1)),
            ("1:0x10", .badPair(byte: 1)), ("1:+-2", .badPair(byte: 1)),
            ("1:1,2:2", .badPair(byte: 1)),
            ("1:nanx", .badPair(byte: 1)), ("1: 2", .badPair(byte: 1)), ("1:1e", .badPair(byte: 1)),
            ("2:1 2:1", .pairOrder(byte: 5)), ("5:1 4:1", .pairOrder(byte: 5)),
            ("\\ud800", .notUTF8),
        ] as [(String, RejectReason)])
    func badPairs(text: String, reason: RejectReason) throws {
        #expect(try sparse(text).0 == reason)
    }

    @Test("named fields are numbers, true, false, or absent, as deep as their names lead")
    func named() throws {
        let want = InputWant([], fieldNames: ["a", "b.c", "b.d.e", "é"])
        let decoder = try decoder(want)
        let record =
            #"{"b":{"d":{"e":true,"x":9},"c":-1.5e2},"z":[{"a":7}],"\u00e9":false,"a":null}"#
        #expect(Parsed(record, with: decoder).reason == nil)
        let got = unsafe Array(decoder.input.fields)
        #expect(got[0].isNaN)
        #expect(Array(got[1...]) == [-150, 1, 0])
        #expect(Parsed("{}", with: decoder).reason == nil)
        #expect(unsafe decoder.input.fields.allSatisfy { $0.isNaN })
    }

    @Test(
        "a named field that is no number, or stands there twice, takes the view away",
        arguments: [
            (#"{"a":"1"}"#, .namedWrongType(0)), (#"{"a":[1]}"#, .namedWrongType(0)),
            (#"{"a":{"b":1}}"#, .namedWrongType(0)), (#"{"b":5}"#, .namedWrongType(1)),
            (#"{"b":["c"]}"#, .namedWrongType(1)), (#"{"b":{"c":{}}}"#, .namedWrongType(1)),
            (#"{"a":1,"a":1}"#, .namedDuplicate(0)),
            (#"{"a":null,"\u0061":1}"#, .namedDuplicate(0)),
            (#"{"b":{"c":1},"b":{}}"#, .namedDuplicate(1)),
            (#"{"b":{"c":1,"c":2}}"#, .namedDuplicate(1)),
        ] as [(String, RejectReason)])
    func badNamed(record: String, reason: RejectReason) throws {
        let decoder = try decoder(InputWant([], fieldNames: ["a", "b.c"]))
        #expect(Parsed(record, with: decoder).reason == nil)
        #expect(!decoder.input.views.contains(.fields))
        #expect(decoder.refusal(of: 0, .fields) == reason)
        let words = decoder.words(reason)
        #expect(words.hasPrefix("a ") || words.hasPrefix("b.c "))
    }

    @Test("a key that comes again and again makes each field below it a duplicate, in that record")
    func repeated() throws {
        let names = (0..<4_096).map { "a.f\($0)" } + ["b"]
        let decoder = try decoder(InputWant([], fieldNames: names))
        let fields = (0..<4_096).map { #""f\#($0)":\#($0)"# }.joined(separator: ",")
        let again = [String](repeating: #""a":{}"#, count: 1_000).joined(separator: ",")
        #expect(Parsed("{\"a\":{\(fields)},\"b\":2,\(again)}", with: decoder).reason == nil)
        #expect(decoder.refusal(of: 0, .fields) == .namedDuplicate(0))
        #expect(Parsed("{\"a\":{\(fields)},\"b\":3}", with: decoder).reason == nil)
        #expect(decoder.input.views.contains(.fields))
        let got = unsafe Array(decoder.input.fields)
        #expect(got == (0..<4_096).map(Double.init) + [3])
        #expect(Parsed("{\"b\":3,\(again)}", with: decoder).reason == nil)
        #expect(decoder.refusal(of: 0, .fields) == .namedDuplicate(0))
    }

    @Test("wants that are ready are installed in turn, and read as those made on the spot")
    func installed() throws {
        let settings = InputSettings(limitBytes: 1 << 10)
        let decoder = try RecordDecoder(settings)
        let dense = try PreparedWants([InputWant(.dense)], for: settings)
        let named = try PreparedWants(
            [InputWant([], fieldNames: ["b", "a"]), InputWant([], fieldNames: ["a", "c"])],
            for: settings)
        let record = #"{"x":[1,2],"a":7,"b":8,"c":9,"text":"t"}"#
        for _ in 0..<2 {
            decoder.install(dense)
            #expect(decoder.input.views.isEmpty)
            #expect(Parsed(record, with: decoder).reason == nil)
            #expect(unsafe Array(decoder.input.dense) == [1, 2])
            decoder.install(named)
            #expect(Parsed(record, with: decoder).reason == nil)
            #expect(unsafe Array(decoder.input(of: 0).fields) == [8, 7])
            #expect(unsafe Array(decoder.input(of: 1).fields) == [7, 9])
            #expect(decoder.words(.namedWrongType(2)).hasPrefix("c is"))
        }
        try decoder.want([InputWant(.text)])
        #expect(Parsed(record, with: decoder).reason == nil)
        #expect(unsafe Array(decoder.input.text) == Array("t".utf8))
    }

    @Test("wants that no memory is there for, or whose names are none, are refused")
    func unready() throws {
        for (names, limit) in [
            ([], 1 << 40), ([""], 1 << 10),
        ] {
            let error = try #require(throws: SwerveError.self) {
                try PreparedWants(
                    [InputWant(.dense, fieldNames: names)],
                    for: InputSettings(limitBytes: limit))
            }
            #expect(error.code == .system && error.act.contains("making a parser ready"))
        }
    }

    @Test("each scorer gets its own view, and one's fault is none of the other's")
    func wants() throws {
        let decoder = try decoder(
            InputWant(.text), InputWant(.dense, fieldNames: ["n", "m"]),
            InputWant([], fieldNames: ["m"]))
        let record = #"{"method":"GET","path":"/","x":"no","n":"no","m":2}"#
        #expect(Parsed(record, with: decoder).reason == nil)
        #expect(decoder.input(of: 0).views == .text)
        #expect(decoder.input(of: 0).parts == nil)
        #expect(decoder.input(of: 1).views == [])
        #expect(decoder.refusal(of: 1, .dense) == .wrongType(.dense))
        #expect(decoder.refusal(of: 1, .fields) == .namedWrongType(0))
        #expect(unsafe Array(decoder.input(of: 2).fields) == [2])
        let second = #"{"x":[1],"m":1,"n":3}"#
        #expect(Parsed(second, with: decoder).reason == nil)
        #expect(decoder.input(of: 0).views == [])
        #expect(decoder.refusal(of: 0, .text) == .numbersNotText(.dense))
        #expect(unsafe Array(decoder.input(of: 1).fields) == [3, 1])
    }

    @Test("where all are missing, the first scorer's reason is told")
    func firstReason() throws {
        let decoder = try decoder(InputWant(.dense), InputWant(.text))
        #expect(Parsed(#"{"a":1}"#, with: decoder).reason == .missingField(.dense))
        try decoder.want([InputWant(.text), InputWant(.dense)])
        #expect(Parsed(#"{"a":1}"#, with: decoder).reason == .missingField(.method))
    }

    @Test("numbers that nobody wants are not read, however wrong")
    func unwanted() throws {
        let decoder = try decoder(InputWant(.text))
        let record = #"{"method":"GET","path":"/","x":"no","x":[null],"svm":"5:1 4:1"}"#
        #expect(Parsed(record, with: decoder).string == "GET /\n")
        #expect(decoder.input.views == .text)
    }

    @Test("the parts of a request are told where they are wanted")
    func parts() throws {
        let decoder = try decoder(Self.everything)
        let record = #"{"method":"PO\u0053T","path":"/a?b","query":"c=é","body":"d\ne"}"#
        let parsed = Parsed(record, with: decoder)
        let parts = try #require(decoder.input.parts)
        func part(_ range: Range<Int>) -> String {
            String(decoding: parsed.text[range], as: UTF8.self)
        }
        #expect(part(parts.method) == "POST" && part(parts.path) == "/a?b")
        #expect(part(parts.query) == "c=é" && part(parts.body) == "d\ne")
        #expect(Parsed(#"{"method":"","path":""}"#, with: decoder).text == [0x20, 0x0A])
        let empty = try #require(decoder.input.parts)
        #expect([empty.method, empty.path, empty.query, empty.body].allSatisfy { $0.isEmpty })
        _ = Parsed(#"{"text":"GET /\n"}"#, with: decoder)
        #expect(decoder.input.parts == nil)
    }

    @Test("a record that is numbers to its limit is read to its last byte")
    func largest() throws {
        let decoder = try decoder(Self.everything)
        let room = 1 << 16
        let digits = #"{"x":["# + String(repeating: "1,", count: (room - 9) / 2) + "1]}"
        #expect(Parsed(digits, with: decoder).reason == nil)
        #expect(unsafe decoder.input.dense.count == (room - 9) / 2 + 1)
        var svm = ""
        var index = 0
        while svm.utf8.count < room - 24 {
            index += 1
            svm += "\(index):1 "
        }
        #expect(Parsed(#"{"svm":"\#(svm)"}"#, with: decoder).reason == nil)
        #expect(unsafe decoder.input.sparseIndices.count == index)
    }
}
