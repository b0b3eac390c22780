import Inputs
import Lifecycle
import Scoring

/// Records of Avro, their schemas, and what is wanted of them.
///
/// A line of names (`method=http.method` renames a field, a name alone is a wanted number), the
/// text of the schema up to a zero byte, the record's value.
enum AvroTarget {
    /// The readers for one line of names.
    private struct Readers {
        let whole: Reader
        let small: Reader
        let text: Reader

        init(_ fields: InputFields, _ numbers: [String]) {
            func reader(_ limit: Int, _ record: Int, _ wants: [InputWant]) -> Reader {
                Reader(
                    InputSettings(format: .avro(fields), limitBytes: limit, recordBytes: record),
                    wants)
            }
            let all: InputViews = [.text, .dense, .sparse]
            let want = InputWant(all, fieldNames: numbers, wantsParts: true)
            whole = reader(
                4_096, 4_096,
                [
                    want, InputWant([], fieldNames: numbers.reversed()), .init(.text),
                    InputWant([], textNames: numbers),
                ])
            small = reader(40, 1_024, [want, InputWant(.sparse)])
            text = reader(4_096, 4_096, [InputWant(.text, wantsParts: true)])
        }
    }

    nonisolated(unsafe) private static var readers: [[UInt8]: Readers?] = [:]
    nonisolated(unsafe) private static var schemas: [[UInt8]: AvroSchema?] = [:]
    private static let knownMax = 256

    static func run(_ input: [UInt8]) {
        let line = input.prefix { $0 != 0x0A }
        let rest = input.dropFirst(line.count + 1)
        let text = rest.prefix { $0 != 0 }
        let record = Array(rest.dropFirst(text.count + 1))
        checkFrame(record)
        guard let schema = schema(Array(text)), let readers = readers(Array(line)) else { return }
        for start in [0, 5] where start <= record.count {
            read(record, (start, schema), with: readers)
        }
    }

    private static func read(
        _ record: [UInt8], _ avro: (bodyStart: Int, schema: AvroSchema), with readers: Readers
    ) {
        let whole = readers.whole.read(record, avro)
        let text = readers.text.read(record, avro)
        // What is not wanted is passed over, and may be anything.
        if isDamage(whole.reason) {
            expect(!isDamage(text.reason) || whole.id == nil, "an id of damaged bytes")
        } else {
            expect(!isDamage(text.reason), "bytes are damaged where less is wanted")
            expect(text.gives(.text) == whole.gives(.text), "a text depends on the other wants")
            expect(
                text.inputs[0].text == whole.inputs[0].text, "a text depends on the other wants")
            expect(text.id == whole.id, "an id depends on the wants")
        }
        if case .avro(let decoder) = readers.whole.decoder {
            expect((0...record.count).contains(decoder.trailing), "more bytes than there are")
        }
        guard record.count <= 1_024 else { return }
        let small = readers.small.read(record, avro)
        expect(small.gives(.text) == whole.gives(.text), "a text depends on its bound")
        expect(small.id == whole.id, "an id depends on the bound")
        guard whole.gives(.text) else { return }
        let (cut, long) = (small.inputs[0].text, whole.inputs[0].text)
        expect(long.starts(with: cut), "a cut text is another one")
        // A symbol may be longer than its record.
        guard !whole.marks.contains(.truncated) else { return }
        expect(
            small.marks.contains(.truncated) == (long.count > 40), "a text is cut and not marked")
    }

    private static func isDamage(_ reason: RejectReason?) -> Bool {
        switch reason {
        case .avro(.truncated), .avro(.corrupt), .tooDeep: true
        default: false
        }
    }

    /// What names the schema, as the record's first bytes and as a header.
    private static func checkFrame(_ value: [UInt8]) {
        unsafe value.withUnsafeBufferPointer { bytes in
            unsafe checkFrame(bytes, header: nil)
            unsafe checkFrame(bytes, header: bytes)
        }
    }

    private static func checkFrame(
        _ value: UnsafeBufferPointer<UInt8>, header: UnsafeBufferPointer<UInt8>?
    ) {
        let result = unsafe AvroFrame.read(value, schemaHeader: header, recordBytes: 4_096)
        switch result {
        case .success(let frame):
            expect((0...value.count).contains(frame.bodyStart), "a body beyond its record")
            expect(
                SchemaIdentity(words: frame.schema.words) == frame.schema, "another schema's words")
        case .failure(let reason):
            expect(!reason.words().isEmpty, "a frame refused without words")
        }
    }

    private static func schema(_ text: [UInt8]) -> AvroSchema? {
        if let found = unsafe schemas[text] { return found }
        if unsafe schemas.count >= knownMax { unsafe schemas.removeAll() }
        let made = try? AvroSchema(SchemaText(text))
        unsafe schemas[text] = .some(made)
        return made
    }

    private static func readers(_ line: [UInt8]) -> Readers? {
        if let found = unsafe readers[line] { return found }
        if unsafe readers.count >= knownMax { unsafe readers.removeAll() }
        let made = made(String(decoding: line, as: UTF8.self))
        unsafe readers[line] = .some(made)
        return made
    }

    private static func made(_ line: String) -> Readers? {
        // Reasons tell the names of a configuration, whatever they are.
        guard line.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) else { return nil }
        var fields: [String: String] = [:]
        var numbers: [String] = []
        for word in line.split(separator: " ") {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 {
                fields["\(parts[0])"] = "\(parts[1])"
            } else {
                numbers.append("\(word)")
            }
        }
        do throws(SwerveError) {
            let standard = InputFields.standard
            return Readers(
                try InputFields(
                    id: fields["id"] ?? standard.id, method: fields["method"] ?? standard.method,
                    path: fields["path"] ?? standard.path, query: fields["query"] ?? standard.query,
                    body: fields["body"] ?? standard.body, text: fields["text"] ?? standard.text,
                    dense: fields["x"] ?? standard.dense, sparse: fields["svm"] ?? standard.sparse),
                numbers)
        } catch {
            return nil
        }
    }
}
