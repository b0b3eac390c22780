import Lifecycle
import Testing

@testable import Verification

@Suite("The id of a record and of its prediction")
struct InputRecordTests {
    static let long = String(repeating: "a", count: Limits.requestIDBytes)

    @Test(
        "ids agree as texts, whatever their escapes",
        arguments: [
            (nil, nil, true), ("a", nil, false), (nil, "a", false), ("a", "a", true),
            ("a", "b", false), ("ab", "a", false), ("a", "\\", false), ("é", "\\u00e9", true),
            (String(repeating: "x", count: 300), String(repeating: "x", count: 256), true),
            ("\\u0061", "a", true), ("a\\/b", "a/b", true),
            ("open\\", "open", false), (long, long, true), (long + "b", long, true),
            (long + "b", long + "b", false), (long + "b", String(long.dropLast()), true),
            (long + "b", "b", false), (long + "b", "", false),
            (long, String(long.dropLast()), false),
        ] as [(String?, String?, Bool)])
    func agree(sent: String?, predicted: String?, isSame: Bool) {
        let record = InputRecord(key: [], id: sent.map { Array($0.utf8) }, value: [])
        #expect(record.isNamed(by: predicted.map { Array($0.utf8) }) == isSame)
    }
}
