import Lifecycle
import ModelFormats
import Scoring
import TestSupport
import Testing

@Suite("Safetensors files")
struct SafetensorsTests {
    private static func refusal(_ bytes: [UInt8]) -> SwerveError? {
        let file = NamedBytes(name: "hostile.safetensors", bytes: bytes)
        return #expect(throws: SwerveError.self) { try ParsedModel(parsing: file) }
    }

    private static let sample = BundleSample.linear
    private static let headerText = sample.header.text

    private static func refusal(header: String, data: [UInt8]? = nil) -> SwerveError? {
        refusal(BundleSample.bytes(header: Array(header.utf8), data: data ?? sample.data))
    }

    @Test(
        "a header's length beyond the file is refused before memory is taken",
        arguments: [UInt64(1) << 63, .max, 1 << 40, 100_000])
    func headerLength(length: UInt64) {
        var bytes = Self.sample.file.bytes
        bytes.replaceSubrange(0..<8, with: BundleSample.littleEndian(length))
        let error = Self.refusal(bytes)
        #expect(error?.reason.contains("a header of \(length) bytes is announced") == true)
    }

    @Test("a header above its limit is refused, though the file has it")
    func hugeHeader() {
        let header = Array("{\"".utf8) + [UInt8](repeating: 0x61, count: 17 << 20)
        let error = Self.refusal(BundleSample.bytes(header: header, data: []))
        #expect(error?.code == .tooLarge && error?.reason.contains("the limit is") == true)
    }

    private static let headers: [(old: String, new: String, words: String)] = [
        ("\"F64\"", "\"F65\"", "its type is F65, not F64, F32, I64 or U8"),
        ("\"F64\"", "64", "not {\"dtype\":…"),
        ("\"shape\":[1]", "\"shape\":[2]", "tensor 'b': its shape [2] is not that of 8 bytes"),
        ("\"shape\":[1]", "\"shape\":[-1]", "tensor 'b': its shape is not of whole numbers"),
        ("\"shape\":[1]", "\"shape\":[1.5]", "tensor 'b': its shape is not of whole numbers"),
        (
            "\"shape\":[1]", "\"shape\":[1,1,1,1,1,1,1,1,1]",
            "tensor 'b': its shape has 9 sides, the limit is 8"
        ),
        (
            "\"shape\":[1]", "\"shape\":[4294967296,4294967296,4294967296]",
            "tensor 'b': its shape is beyond all memory"
        ),
        (
            "\"shape\":[1]", "\"shape\":[9223372036854775807]",
            "tensor 'b': its shape [9223372036854775807] is not that of 8 bytes"
        ),
        ("[0,8]", "[0,9]", "tensor 'b': its shape [1] is not that of 9 bytes"),
        ("[0,8]", "[8,0]", "tensor 'b': its bytes 8..<0 are not among"),
        ("[0,8]", "[-8,0]", "tensor 'b': its bytes -8..<0 are not among"),
        ("[0,8]", "[0,8,8]", "tensor 'b': data_offsets are not two whole numbers"),
        ("[0,8]", "[0,9223372036854775807]", "tensor 'b': its bytes 0..<9223372036854775807"),
        ("[0,8]", "[1e300,8]", "tensor 'b': data_offsets are not two whole numbers"),
        ("[0,8]", "[8,16]", "tensor 'b': a gap before it"),
        ("[8,24]", "[0,16]", "tensor 'golden.decision': overlaps another"),
        ("\"b\":", "\"w\":", "the key 'w' twice"),
        ("\"b\":", "\"\\u0077\":", "the key 'w' twice"),
        ("\"dtype\"", "\"type\"", "not {\"dtype\":…"),
        ("{\"__metadata__\":", "{\"__metadata__\":[[[[0]]]],\"x\":", "nested deeper than 3"),
        ("\"dtype\":\"F64\"", "\"dtype\":\"F64\",\"note\":1", "not {\"dtype\":…"),
        ("\"b\":{", "\"b\":[", "the header, byte"), ("\"b\":", "\"b\"", "a colon is missing"),
        ("\"b\":", "\"b\\ud800\":", "half of a surrogate pair"),
        ("\"b\":", "\"b\\ud800\\u0041\":", "half of a surrogate pair"),
        ("\"b\":", "\"b\\x41\":", "an unknown escape"), ("\"b\":", "\"b\t\":", "a control char"),
        ("\"b\":", "b:", "a string is missing"), ("[0,8]", "[0,nan]", "not a value"),
        ("[0,8]", "[0,8]]", "a comma is missing"), ("[0,8]", "[0,truth]", "not a value"),
        ("[0,8]", "[0,1e999]", "a number beyond a double"), ("[0,8]", "[0,+8]", "not a value"),
    ]

    @Test("a header that lies is refused with the tensor or the byte", arguments: headers)
    func header(old: String, new: String, words: String) throws {
        let range = try #require(Self.headerText.firstRange(of: old))
        var header = Self.headerText
        header.replaceSubrange(range, with: new)
        let error = Self.refusal(header: header)
        #expect(error?.code == .invalid)
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        #expect(error?.description.contains("hostile.safetensors") == true)
    }

    @Test("bytes that belong to no tensor, and bytes that are missing, are refused")
    func dataLength() {
        let more = Self.refusal(header: Self.headerText, data: Self.sample.data + [0, 0])
        #expect(more?.reason.contains("2 bytes after the last tensor belong to none") == true)
        let fewer = Self.refusal(header: Self.headerText, data: Self.sample.data.dropLast())
        #expect(fewer?.reason.contains("are not among the") == true)
    }

    @Test("headers made to take memory or depth are refused early")
    func bombs() {
        let deep = "{\"a\":" + String(repeating: "[", count: 200_000)
        #expect(Self.refusal(header: deep)?.reason.contains("nested deeper than 3") == true)
        let wide = "{\"a\":[0" + String(repeating: ",0", count: 400_000) + "]}"
        #expect(Self.refusal(header: wide)?.reason.contains("more than 16000 values") == true)
        let zero = #"":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}"#
        let names = (0..<1_100).map { "\"t\($0)\(zero)" }.joined(separator: ",")
        let many = Self.headerText.dropLast() + ",\(names)}"
        #expect(Self.refusal(header: String(many))?.code == .tooLarge)
        let manifest = "{\"schema\":" + String(repeating: "[", count: 100_000)
        let nested: JSONValue = ["__metadata__": ["swerve": .string(manifest)]]
        #expect(
            Self.refusal(header: nested.text, data: [])?.reason.contains(
                "the manifest, byte 37: nested deeper than 28") == true)
    }

    @Test("white space behind the header, which aligns the tensors, does not matter")
    func padded() throws {
        let file = NamedBytes(
            name: "padded",
            bytes: BundleSample.bytes(
                header: Array((Self.headerText + "       ").utf8), data: Self.sample.data))
        #expect(
            try ParsedModel(parsing: file).model == ParsedModel(parsing: Self.sample.file).model)
    }

    @Test(
        "a file cut off anywhere is refused",
        arguments: [BundleSample.linear, BundleSample.votes, BundleSample.text])
    func truncated(sample: BundleSample) {
        let bytes = sample.file.bytes
        for length in 0..<bytes.count {
            let file = NamedBytes(name: "cut.safetensors", bytes: Array(bytes[..<length]))
            #expect(throws: SwerveError.self, "\(length)") { try ParsedModel(parsing: file) }
        }
    }

    @Test(
        "mutated files are refused in one line or read whole, and never crash",
        arguments: [BundleSample.linear, BundleSample.votes, BundleSample.text])
    func mutated(sample: BundleSample) {
        var mutator = ByteMutator(
            seed: 17,
            pieces: [
                "null", "1e400", "-1", "[[[[", "{}", "\"\"", "\\u0000", "9223372036854775808",
                "\"F32\"", "\"I64\"", "one_vs_one", "\u{FF}", "\0\0\0\0\0\0\0\u{80}",
            ])
        var generator = SeededGenerator(seed: 18)
        var (read, refused) = (0, 0)
        let original = sample.file.bytes
        for round in 0..<5_000 {
            // Every other time a single bit, so that what follows the header's checks is reached.
            var bytes = original
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            if round.isMultiple(of: 2) { bytes = mutator.mutated(original) }
            let file = NamedBytes(name: "mutant", bytes: bytes)
            do throws(SwerveError) {
                let parsed = try ParsedModel(parsing: file)
                #expect(parsed.model.featureCount > 0 && parsed.threshold.isFinite)
                read += 1
            } catch {
                #expect(error.description.contains("mutant") && !error.description.contains("\n"))
                refused += 1
            }
        }
        #expect(read > 100 && refused > 1_000)
    }
}
