import Inputs
import Lifecycle
import Testing

@Suite("AvroSchema")
struct AvroSchemaTests {
    private func bad(_ text: String, _ references: [String] = []) -> BadSchema? {
        do throws(BadSchema) {
            _ = try AvroSchema(
                SchemaText(Array(text.utf8)),
                referenced: references.map { SchemaText(Array($0.utf8)) })
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "schemas by the specification are taken",
        arguments: [
            #""string""#, " [] ", #"{"type":{"type":{"type":"int"}}}"#,
            #"{"type":"record","name":"R","fields":[{"name":"r","type":"R"}]}"#,
            #"{"type":"record","name":"a.R","fields":[{"name":"r","type":["null","R","a.R2"]}]}"#
                .replacing("a.R2", with: "string"),
            #"{"type":"enum","name":"E","symbols":[]}"#,
            #"{"type":"enum","name":"E","symbols":["é","e\u0301","\ud800"]}"#,
            #"{"type":"fixed","name":"F","size":2147483647}"#,
            #"{"type":"fixed","name":"F","size":-0}"#,
            #"[{"type":"fixed","name":"F","size":1},{"type":"fixed","name":"G","size":1}]"#,
            #"{"type":"record","name":"R","doc":1e999,"fields":[{"name":"","type":"int"}]}"#,
        ])
    func good(_ text: String) {
        #expect(bad(text) == nil)
    }

    @Test(
        "what is none is refused",
        arguments: [
            "", " ", "null", "17", "{", #""string" x"#, "\u{FEFF}\"string\"", #""nothing""#,
            #"{"type":"array"}"#, #"{"type":"map"}"#, #"{"type":null}"#, #"{"name":"R"}"#,
            #"{"type":"record","name":"R","fields":[{"name":"a","type":"Later"}]}"#,
            #"{"type":"record","name":"","fields":[]}"#,
            #"{"type":"record","name":"int","fields":[]}"#,
            #"{"type":"record","name":"R","namespace":1,"fields":[]}"#,
            #"{"type":"record","name":"R","name":"R","fields":[]}"#,
            #"{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]}"#,
            #"{"type":"fixed","name":"F","size":1.0}"#, #"{"type":"fixed","name":"F","size":-1}"#,
            #"{"type":"fixed","name":"F","size":2147483648}"#,
            #"{"type":"fixed","name":"F","size":99999999999999999999999}"#,
            #"{"type":"enum","name":"E","symbols":["A","A"]}"#,
            #"["null",["int"]]"#, #"["int",{"type":"int","logicalType":"date"}]"#,
            #"[{"type":"fixed","name":"F","size":1},"F"]"#,
            #"{"type":"fixed","name":"F","size":NaN}"#,
        ])
    func refused(_ text: String) {
        #expect(bad(text) != nil)
    }

    @Test("the bounds hold, and are told from what is within them")
    func bounds() {
        func nested(_ count: Int) -> String {
            String(repeating: #"{"type":"array","items":"#, count: count) + #""int""#
                + String(repeating: "}", count: count)
        }
        #expect(bad(nested(512)) == nil)
        #expect(bad(nested(513))?.words.contains("512") == true)
        #expect(bad(String(repeating: "[", count: 1_000_000)) != nil)
        let head = #"{"type":"int","doc":""#
        let fill = SchemaText.textBytesMax - head.utf8.count - 2
        #expect(bad(head + String(repeating: "x", count: fill) + "\"}") == nil)
        #expect(bad(head + String(repeating: "x", count: fill + 1) + "\"}") != nil)
        let many = (0..<30_000).map { #"{"name":"f\#($0)","type":"null"}"# }
        #expect(
            bad(#"{"type":"record","name":"R","fields":[\#(many.joined(separator: ","))]}"#) == nil)
    }

    @Test("references are one table of names")
    func references() {
        let shared = #"{"type":"record","name":"s.A","fields":[{"name":"a","type":"int"}]}"#
        let user = #"{"type":"record","name":"t.B","fields":[{"name":"a","type":"s.A"}]}"#
        #expect(bad(user) != nil)
        #expect(bad(user, [shared]) == nil)
        #expect(bad(#"["null","t.B"]"#, [shared, user]) == nil)
        #expect(bad(#"["null","t.B"]"#, [user, shared]) != nil)
        #expect(bad(user, [shared, shared]) != nil)
        #expect(bad(shared, [shared]) != nil)
        let many = (0...64).map { #"{"type":"fixed","name":"F\#($0)","size":1}"# }
        #expect(bad(#""F1""#, many) != nil)
        #expect(bad(#""F1""#, Array(many.dropLast())) == nil)
    }

    @Test("only Avro is read")
    func types() throws {
        for type in ["PROTOBUF", "JSON", "", "avro"] {
            #expect(throws: BadSchema.self) {
                try AvroSchema(SchemaText(Array(#""int""#.utf8), schemaType: type))
            }
        }
        _ = try AvroSchema(SchemaText(Array(#""int""#.utf8), schemaType: "AVRO"))
    }

    @Test("each schema has a number of its own")
    func numbers() throws {
        let text = SchemaText(Array(#""int""#.utf8))
        #expect(try AvroSchema(text).number != AvroSchema(text).number)
    }
}

@Suite("SchemaText")
struct SchemaTextTests {
    private func read(_ answer: String) -> Result<SchemaText, SchemaText.AnswerFault> {
        do throws(SchemaText.AnswerFault) {
            return .success(try SchemaText(answer: Array(answer.utf8)))
        } catch {
            return .failure(error)
        }
    }

    @Test("an answer gives the text and its references")
    func answer() {
        let answer =
            #"{"id":7,"schema":"\"string\"","schemaType":"AVRO","references":[{"name":"a.B","#
            + #""subject":"s/é","version":3,"more":1}],"other":{}}"#
        #expect(
            read(answer)
                == .success(
                    SchemaText(
                        Array(#""string""#.utf8), schemaType: "AVRO",
                        references: [SchemaReference(name: "a.B", subject: "s/é", version: 3)])))
        #expect(
            read(#"{"schema":"x","references":null}"#) == .success(SchemaText(Array("x".utf8))))
        #expect((try? read(#"{"schema":"x","schemaType":null}"#).get())?.schemaType == "")
    }

    @Test(
        "what no registry says is told from what is final",
        arguments: ["", "<html>", "[]", "{}", #"{"schema":1}"#, #"{"schema":"x"} x"#, "null"])
    func foreign(_ answer: String) {
        #expect(read(answer) == .failure(.notASchema))
    }

    @Test(
        "references that are none are final",
        arguments: [
            "{}", "[1]", #"[{"name":"a","subject":"b"}]"#,
            #"[{"name":"a","subject":"b","version":0}]"#,
            #"[{"name":"a","subject":"b","version":4294967297}]"#,
            #"[{"name":"a","subject":1,"version":1}]"#,
        ])
    func references(_ list: String) {
        guard case .failure(.bad) = read(#"{"schema":"x","references":\#(list)}"#) else {
            Issue.record("\(list) is taken")
            return
        }
    }

    @Test("an answer and a text that are too long are final")
    func bounds() {
        let long = String(repeating: "x", count: SchemaText.textBytesMax)
        #expect((try? read(#"{"schema":"\#(long)"}"#).get())?.text.count == long.utf8.count)
        for text in [long + "x", long + long] {
            guard case .failure(.bad) = read(#"{"schema":"\#(text)"}"#) else {
                Issue.record("\(text.utf8.count) bytes are taken")
                return
            }
        }
    }
}
