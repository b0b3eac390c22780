import Inputs
import Lifecycle
import Scoring
import Testing

/// Who sent a record, of each format: it tells records apart, and refuses none.
@Suite("clients of records")
struct ClientTests {
    private func client(_ record: [UInt8], with decoder: RecordDecoder) -> (String?, RejectReason?)
    {
        let parsed = Parsed(record, with: decoder)
        return (
            unsafe decoder.client.map { unsafe String(decoding: $0, as: UTF8.self) }, parsed.reason
        )
    }

    private func json(_ name: String?) throws -> RecordDecoder {
        try RecordDecoder(InputSettings(format: .json(try InputFields(client: name))))
    }

    @Test(
        "JSON: a string out of its escapes or a number, at the name as it stands or nested",
        arguments: [
            (#"{"text":"a","client":{"ip":"10.0.0.1"}}"#, "10.0.0.1"),
            (#"{"text":"a","client.ip":"10.0.0.1"}"#, "10.0.0.1"),
            (#"{"client":{"ip":"10.\u0030.0.1"},"text":"a"}"#, "10.0.0.1"),
            (#"{"client":{"ip":-17},"text":"a"}"#, "-17"),
            (#"{"client":{"ip":1.5e3},"text":"a"}"#, "1.5e3"),
            (#"{"client":{"ip":""},"text":"a"}"#, ""),
            (#"{"client":{"ip":null},"text":"a"}"#, nil),
            (#"{"client":{"ip":["10.0.0.1"]},"text":"a"}"#, nil),
            (#"{"client":{"ip":true},"text":"a"}"#, nil),
            (#"{"client":"10.0.0.1","text":"a"}"#, nil),
            (#"{"client":{"ip":"\ud800"},"text":"a"}"#, nil),
            (#"{"client":{"ip":"1","ip":"2"},"text":"a"}"#, nil),
            (#"{"client.ip":"1","client":{"ip":"2"},"text":"a"}"#, nil),
            (#"{"text":"a"}"#, nil),
        ] as [(String, String?)])
    func json(_ record: String, _ client: String?) throws {
        let decoder = try json("client.ip")
        #expect(decoder.tellsClient)
        let found = self.client(Array(record.utf8), with: decoder)
        #expect(found.0 == client && found.1 == nil)
        // The next record has nothing of it.
        #expect(self.client(Array(#"{"text":"a"}"#.utf8), with: decoder).0 == nil)
    }

    @Test("JSON: the same where simdjson reads the record, for numbers or for what is no UTF-8")
    func walked() throws {
        let decoder = try json("who")
        var bytes = Array(#"{"who":"a?b","text":"x"}"#.utf8)
        let place = try #require(bytes.firstIndex(of: 0x3F))
        bytes[place] = 0xFF
        let parsed = Parsed(bytes, with: decoder)
        #expect(parsed.reason == nil)
        #expect(unsafe decoder.client.map { unsafe Array($0) } == [0x61, 0xFF, 0x62])
        try decoder.want([InputWant([], fieldNames: ["n"])])
        let numbers = client(Array(#"{"who":"c\t","n":1,"who2":2}"#.utf8), with: decoder)
        #expect(numbers.0 == "c\t" && numbers.1 == nil)
    }

    @Test("JSON: of a long one the beginning; none is read where none is named")
    func bounds() throws {
        let long = String(repeating: "7", count: 4_000)
        let record = Array(#"{"text":"a","client":"\#(long)","client2":1}"#.utf8)
        #expect(try client(record, with: json("client")).0?.count == Limits.requestIDBytes)
        let silent = try json(nil)
        #expect(!silent.tellsClient && client(record, with: silent).0 == nil)
        // A record may have another use for the usual name, twice too, while nobody names it.
        let twice = Array(#"{"text":"a","client":1,"client":2}"#.utf8)
        #expect(client(twice, with: silent).1 == nil)
        #expect(throws: Never.self) { try InputFields(id: "client") }
        #expect(throws: SwerveError.self) { try InputFields(id: "client", client: "client") }
        #expect(throws: SwerveError.self) { try InputFields(path: "a.b", client: "a") }
    }

    @Test("a line of a log: the field that is named, out of its escapes; a dash is none")
    func log() throws {
        func decoder(_ field: String?) throws -> RecordDecoder {
            try RecordDecoder(
                InputSettings(
                    format: .log(
                        LogSettings(
                            plan: try LogPlan(.apache("%h \"%r\" %s \"%u\"")), idField: "status",
                            clientField: field))))
        }
        let line = Array(#"10.0.0.1 "GET / HTTP/1.1" 200 "a\"b""#.utf8)
        #expect(try client(line, with: decoder("remote_host")).0 == "10.0.0.1")
        #expect(try client(line, with: decoder("remote_user")).0 == "a\"b")
        let none = try decoder(nil)
        #expect(!none.tellsClient && client(line, with: none).0 == nil)
        let user = try decoder("remote_user")
        #expect(user.tellsClient)
        #expect(client(line, with: user).0 == "a\"b")
        let dash = Array(#"10.0.0.1 "GET / HTTP/1.1" 200 "-""#.utf8)
        #expect(client(dash, with: user).0 == nil)
        #expect(Parsed(line, with: user).id == "200", "the room of the escapes is shared")
        #expect(client(Array("no line".utf8), with: user).0 == nil)
    }

    @Test("Avro names it always, and tells it where it was named; lines of text have none")
    func avro() throws {
        let schema = AvroBytes.record([("client", #""string""#), ("text", #""string""#)])
        let body = AvroBytes.text("c") + AvroBytes.text("t")
        for (fields, isTold) in [
            (InputFields.standard, false), (try InputFields(client: "client"), true),
        ] {
            let reading = try AvroReading(schema, fields: fields)
            #expect(reading.text(body) == "t" && reading.client == "c")
            #expect(reading.decoder.tellsClient == isTold)
        }
        let text = try RecordDecoder(InputSettings(format: .text))
        #expect(!text.tellsClient && client([0x61], with: text).0 == nil)
    }
}
