import Inputs
import Lifecycle
import Scoring
import Testing

@Suite("LineDecoder")
struct LineDecoderTests {
    private let decoder: LineDecoder

    init() throws { decoder = try LineDecoder() }

    private func refusal(_ line: String) -> InputLineRefusal? {
        #expect(throws: InputLineRefusal.self) { try decoder.decode(Array(line.utf8)) }
    }

    @Test("a line has what a record has, and label and decision besides")
    func line() throws {
        let line = #"{"id":"a\n","method":"GET","path":"/","label":1,"decision":[0.5,-2,1e-3]}"#
        let input = try decoder.decode(Array(line.utf8))
        #expect(input.id == "a\n")
        #expect(input.input.text == Array("GET /\n".utf8))
        #expect(input.label == "1")
        #expect(input.decision == [0.5, -2, 0.001])
        let bare = try decoder.decode(Array(#"{"text":"t","label":null,"decision":null}"#.utf8))
        #expect(
            bare
                == InputLine(
                    id: nil, input: OwnedInput(text: Array("t".utf8)), label: nil, decision: nil))
        let raw = try decoder.decode(Array(#"{"text_b64":"/w=="}"#.utf8))
        #expect(raw.input.text == [0xFF])
    }

    @Test(
        "a label may be of any kind where that is wanted",
        arguments: [
            ("1", "1"), (#""attack""#, "attack"), ("true", "true"), ("null", nil),
            (#""null""#, "null"), (#""""#, ""), ("-0.5", "-0.5"),
        ])
    func anyLabel(_ label: String, _ expected: String?) throws {
        let decoder = try LineDecoder(labels: .any)
        let line = #"{"text":"t","label":\#(label),"decision":"block"}"#
        #expect(try decoder.decode(Array(line.utf8)).label == expected)
        for label in ["[1]", "{}"] {
            let refusal = #expect(throws: InputLineRefusal.self) {
                try decoder.decode(Array(#"{"text":"t","label":\#(label)}"#.utf8))
            }
            #expect(refusal?.words.contains("label") == true)
        }
    }

    @Test(
        "what stands where a label's name leads through an object is no label",
        arguments: ["5", #""attack""#, "true", "[1]"])
    func labelInTheWay(_ truth: String) throws {
        let line = Array(#"{"text":"t","truth":\#(truth)}"#.utf8)
        for labels in [LineDecoder.Labels.any, .numbers] {
            let decoder = try LineDecoder(labelField: "truth.class", labels: labels)
            let refusal = #expect(throws: InputLineRefusal.self) { try decoder.decode(line) }
            #expect(refusal?.reason == .wrongType(.label))
        }
    }

    @Test("without labels these fields are any others, as in a stream")
    func noLabels() throws {
        let decoder = try LineDecoder(labels: .none)
        let line = #"{"text":"t","label":{"a":1},"decision":"block"}"#
        let input = try decoder.decode(Array(line.utf8))
        #expect(input.label == nil && input.decision == nil)
    }

    @Test(
        "a label is a number, and stays as it is written",
        arguments: [
            ("1", "1"), ("-1", "-1"), ("1.50", "1.50"), ("1e3", "1e3"), (#""1""#, "1"),
            (#""+1""#, "+1"), (#""\u0031""#, "1"),
        ])
    func labels(_ label: String, _ expected: String) throws {
        let input = try decoder.decode(Array(#"{"text":"t","label":\#(label)}"#.utf8))
        #expect(input.label == expected)
    }

    @Test(
        "what is no label or decision is refused by name",
        arguments: [
            (#""label":"attack""#, RequestField.label), (#""label":"""#, .label),
            (#""label":[1]"#, .label), (#""label":true"#, .label), (#""label":"nan""#, .label),
            (#""label":"0x1""#, .label), (#""label":1e999"#, .label), (#""label":" 1""#, .label),
            (#""label":"\ud800""#, .label), (#""decision":1"#, .decision),
            (#""decision":[]"#, .decision), (#""decision":["a"]"#, .decision),
            (#""decision":[1e999]"#, .decision), (#""decision":[null]"#, .decision),
            (#""decision":{}"#, .decision), (#""decision":[[1]]"#, .decision),
        ])
    func wrong(_ field: String, _ which: RequestField) {
        let refusal = refusal(#"{"id":7,"text":"t",\#(field)}"#)
        #expect(refusal?.reason == .wrongType(which))
        #expect(refusal?.id == "7")
        #expect(refusal?.words.hasPrefix(which.name) == true)
    }

    @Test("the label's field has the name it is given")
    func named() throws {
        let decoder = try LineDecoder(labelField: "truth.class")
        let line = #"{"text":"t","truth":{"class":-1},"label":[]}"#
        #expect(try decoder.decode(Array(line.utf8)).label == "-1")
        let refusal = #expect(throws: InputLineRefusal.self) {
            try decoder.decode(Array(#"{"text":"t","truth":{"class":"no"}}"#.utf8))
        }
        #expect(refusal?.words == "truth.class is not a number")
        for name in ["", "path", "decision", "text.label"] {
            #expect(throws: SwerveError.self) { try LineDecoder(labelField: name) }
        }
    }

    @Test("numbers as input are refused by name, and an empty line is no input")
    func refused() {
        #expect(refusal(#"{"id":"a","x":[1,2]}"#)?.words == "x: this scorer takes text")
        #expect(refusal(#"{"svm":"1:1"}"#)?.words == "svm: this scorer takes text")
        #expect(refusal("")?.reason == .emptyPayload)
        let error = refusal(#"{"method":"GET"}"#)?.error("reading golden.jsonl", line: 3)
        #expect(error?.description == "reading golden.jsonl: line 3: path is missing")
    }
}
