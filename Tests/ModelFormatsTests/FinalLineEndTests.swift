import Lifecycle
import ModelFormats
import Scoring
import TestSupport
import Testing

/// A text model file without the line end of its last line: `strip()`, a database column or an
/// editor takes it away, and a file that is cut off in its last number looks the same.
@Suite("A model file's last line without its line end")
struct FinalLineEndTests {
    @Test("white space behind the last line end does not matter")
    func blanks() throws {
        for text in [Samples.modelText, LibsvmSamples.two] {
            let file = NamedBytes(name: "m", bytes: Array((text + "  \n\t").utf8))
            #expect(try Self.parse(file).classes.count == 2)
        }
    }

    @Test(
        "the shared files are refused with what they lack, and are read with it",
        .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)),
        arguments: ["svm.model", "ll.model"])
    func shared(name: String) throws {
        let bytes = try SharedData.bytes("field/15-final-line-end/\(name)")
        let error = #expect(throws: SwerveError.self) {
            try Self.parse(NamedBytes(name: name, bytes: bytes))
        }
        #expect(error?.reason.contains("the last line has no line end") == true)
        #expect(error?.remedy.contains("echo >>") == true)
        #expect(try Self.parse(NamedBytes(name: name, bytes: bytes + [0x0A])).classes.count == 2)
    }

    private static func parse(_ file: NamedBytes) throws -> Model {
        switch try ModelFormat.recognize(file) {
        case .libsvm: try LibsvmModel.parse(file)
        default: try LiblinearModel.parse(file)
        }
    }
}
