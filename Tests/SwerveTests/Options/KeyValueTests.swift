import Lifecycle
import Testing

@testable import swerve

@Suite("NAME=VALUE as people type it")
struct KeyValueTests {
    @Test("a name gets what stands behind the first equals sign")
    func values() throws {
        #expect(
            try KeyValue.parse(["data=csic=v2", "a=1"], option: "--tag")
                == ["data": "csic=v2", "a": "1"])
        #expect(try KeyValue.numbers(["auc=0.5"], option: "--metric") == ["auc": 0.5])
        #expect(try KeyValue.parse([], option: "--tag").isEmpty)
    }

    @Test(
        "what is no such pair, and a name given twice, are usage errors that name the option",
        arguments: [
            (["attack"], "not NAME=VALUE"), (["=x"], "not NAME=VALUE"), (["x="], "not NAME=VALUE"),
            (["a=1", "a=-1"], "'a' is given twice"),
        ])
    func refused(arguments: [String], reason: String) {
        let error = #expect(throws: SwerveError.self) {
            try KeyValue.parse(arguments, option: "--label")
        }
        #expect(error?.code == .usage && error?.reason == reason)
        #expect(error?.act.hasPrefix("reading --label '") ?? false)
    }

    @Test("a number must be finite", arguments: ["high", "inf", "nan", "1e999"])
    func numbers(text: String) {
        let error = #expect(throws: SwerveError.self) {
            try KeyValue.numbers(["auc=\(text)"], option: "--metric")
        }
        #expect(error?.reason == "'\(text)' is not a finite number")
    }
}
