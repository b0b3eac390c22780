import Inputs
import Testing

@Suite("AvroFrame")
struct AvroFrameTests {
    private static let guid: [UInt8] = (1...16).map { $0 }

    private func read(
        _ value: [UInt8]?, header: [UInt8]? = nil, limit: Int = 1_000
    ) -> Result<AvroFrame, RejectReason> {
        func with<Answer>(
            _ bytes: [UInt8]?, _ body: (UnsafeBufferPointer<UInt8>?) -> Answer
        ) -> Answer {
            guard let bytes else { return body(nil) }
            return unsafe (bytes + [0]).withUnsafeBufferPointer {
                unsafe body(UnsafeBufferPointer(start: $0.baseAddress, count: bytes.count))
            }
        }
        return unsafe with(value) { value in
            unsafe with(header) {
                unsafe AvroFrame.read(value, schemaHeader: $0, recordBytes: limit)
            }
        }
    }

    @Test("the id or the GUID stands before the body")
    func inValue() {
        #expect(
            read([0, 0, 0, 1, 2, 9]) == .success(AvroFrame(schema: .id(258), bodyStart: 5)))
        #expect(read([0, 0, 0, 0, 1]) == .success(AvroFrame(schema: .id(1), bodyStart: 5)))
        let expected = SchemaIdentity.guid(high: 0x0102_0304_0506_0708, low: 0x090A_0B0C_0D0E_0F10)
        #expect(read([1] + Self.guid) == .success(AvroFrame(schema: expected, bodyStart: 17)))
        #expect(expected.words == "01020304-0506-0708-090a-0b0c0d0e0f10")
    }

    @Test("a header counts before the value, and must be whole")
    func inHeader() {
        let frame = AvroFrame(schema: .id(7), bodyStart: 0)
        #expect(read([9], header: [0, 0, 0, 0, 7]) == .success(frame))
        #expect(read([0, 0, 0, 0, 8], header: [0, 0, 0, 0, 7]) == .success(frame))
        let wrong: [[UInt8]] = [
            [], [0], [0, 0, 0, 7], [0, 0, 0, 0, 7, 0], [1] + Self.guid.dropLast(), [2],
        ]
        for header in wrong {
            #expect(read([9], header: header) == .failure(.avro(.badSchemaID)))
        }
    }

    @Test("what has no frame says why")
    func refused() {
        #expect(read(nil, header: [9]) == .failure(.nullPayload))
        #expect(read([], header: [9]) == .failure(.emptyPayload))
        #expect(read([0, 0, 0, 0, 1], limit: 4) == .failure(.tooLarge(limitBytes: 4)))
        #expect(read([0, 0, 0, 1]) == .failure(.avro(.truncated(byte: 4))))
        #expect(read([1] + Self.guid.dropLast()) == .failure(.avro(.truncated(byte: 16))))
        #expect(read([2, 0, 0, 0, 1]) == .failure(.avro(.badMagic)))
        #expect(read([0x7B, 0x7D]) == .failure(.avro(.badMagic)))
    }

    @Test("no registry is asked for an id below 1")
    func below() {
        for bytes: [UInt8] in [[0, 0, 0, 0, 0, 9], [0, 0xFF, 0xFF, 0xFF, 0xFF, 9]] {
            guard case .failure(let reason) = read(bytes) else {
                Issue.record("\(bytes) has a frame")
                continue
            }
            #expect(reason.code == "unknown_schema")
        }
    }

    @Test("words of an identity are read back, and nothing else is")
    func words() {
        for identity in [
            SchemaIdentity.id(1), .id(Int32.max), .id(-5), .guid(high: 0, low: 1),
            .guid(high: .max, low: 0xABCD),
        ] {
            #expect(SchemaIdentity(words: identity.words) == identity)
        }
        for words in [
            "", "01", "+1", "2147483648", "00000000-0000-0000-0000-00000000000G",
            "0000000000000-000-0000-0000-000000000", "0000000A-0000-0000-0000-000000000000",
        ] {
            #expect(SchemaIdentity(words: words) == nil, "\(words)")
        }
    }
}
