import Foundation
import Lifecycle
import ModelFormats
import TestSupport
import Testing

@Suite("Recognising model files")
struct ModelFormatTests {
    @Test("LIBLINEAR is recognised by its first line, whatever the file is called")
    func liblinear() throws {
        let file = NamedBytes(name: "model.onnx", bytes: Samples.model().bytes)
        #expect(try ModelFormat.recognize(file) == .liblinear)
    }

    @Test("LIBSVM is recognised by its first line")
    func libsvm() throws {
        let file = NamedBytes(name: "m", bytes: Array("svm_type c_svc\nkernel_type rbf\n".utf8))
        #expect(try ModelFormat.recognize(file) == .libsvm)
    }

    @Test("ONNX is recognised by its first fields")
    func onnx() throws {
        for begin: [UInt8] in [
            [0x08, 0x08, 0x12, 0x08] + Array("skl2onnx".utf8), [8, 4, 0x3A, 2, 0],
        ] {
            #expect(try ModelFormat.recognize(NamedBytes(name: "m", bytes: begin)) == .onnx)
        }
        #expect(try ModelFormat.recognize(SampleGraph.linear.file) == .onnx)
    }

    @Test("safetensors are recognised by their header, however long it says it is")
    func safetensors() throws {
        let header = Array("{\"w\":{}}".utf8)
        for length: UInt64 in [8, 1 << 63, 0x12_1E08] {
            let bytes = BundleSample.littleEndian(length) + header
            let file = NamedBytes(name: "m", bytes: bytes)
            #expect(try ModelFormat.recognize(file) == .safetensors)
        }
    }

    private static let refused: [(bytes: [UInt8], words: String)] = [
        ([], "the file is empty"),
        ([0x80, 0x04, 0x95, 0x00], "pickles run code when they are read; use the exporter"),
        (
            [0x78, 0x5E, 0xC4, 0xBD],
            "as joblib writes pickles, and pickles run code; use the exporter"
        ),
        (Array(" \n{\"weights\":[]}".utf8), "this is JSON"),
        ([0x1F, 0x8B, 0x08, 0x00], "this is gzip; unpack it first"),
        ([0x50, 0x4B, 0x03, 0x04], "this is a zip archive"),
        (Array("nr_class 2\n".utf8), "of no known format"),
        (Array("nr_class 2\n".utf8), "ONNX model files, and safetensors bundles"),
        ([0xFF, 0x00], "of no known format"),
    ]

    @Test("every other content is refused by its name", arguments: refused)
    func refusal(bytes: [UInt8], words: String) throws {
        let error = #expect(throws: SwerveError.self) {
            try ModelFormat.recognize(NamedBytes(name: "m.bin", bytes: bytes))
        }
        #expect(error?.code == .invalid)
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        #expect(error?.description.contains("m.bin") == true)
    }

    @Test(
        "the reference models are what their names say",
        .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)))
    func references() throws {
        let words = ["joblib": "pickles run code", "json": "JSON"]
        var seen: [String: Int] = [:]
        for folder in ["conformance/models", "conformance/joblib"] {
            let files = try FileManager.default.contentsOfDirectory(
                at: SharedData.file(folder), includingPropertiesForKeys: nil)
            for url in files where url.pathExtension != "range" {
                let name = url.lastPathComponent
                let file = NamedBytes(name: name, bytes: Array(try Data(contentsOf: url)))
                let kind = name.hasPrefix("svm_") ? "svm" : url.pathExtension
                if let word = words[kind] {
                    let error = #expect(throws: SwerveError.self) {
                        try ModelFormat.recognize(file)
                    }
                    #expect(error?.reason.contains(word) == true, "\(name)")
                } else {
                    let format: ModelFormat =
                        switch kind {
                        case "onnx": .onnx
                        case "svm": .libsvm
                        default: .liblinear
                        }
                    #expect(try ModelFormat.recognize(file) == format, "\(name)")
                }
                seen[kind, default: 0] += 1
            }
        }
        #expect(seen.count == 5)
    }
}
