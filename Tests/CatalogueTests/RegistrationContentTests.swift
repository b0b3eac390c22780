import Lifecycle
import ModelFormats
import TestSupport
import Testing

@testable import Catalogue

/// What comes from somebody else, who need not have read files as this room does.
@Suite("files that were read elsewhere")
struct RegistrationContentTests {
    private let models: SmallModels

    init() throws { models = try SmallModels() }

    private func refusal(of request: RegistrationRequest) -> SwerveError? {
        #expect(throws: SwerveError.self) { try Registrar.prepare(request) }
    }

    private func files(golden: [UInt8]? = nil, more: Int = 0) throws -> RegistrationRequest {
        let featurizer = Array(SmallModels.spec().utf8) + [UInt8](repeating: 0x20, count: more)
        return RegistrationRequest(
            model: models.model,
            content: .files(
                RegistrationFiles(
                    model: NamedBytes(name: "m", bytes: Array(SmallModels.text().utf8)),
                    featurizer: NamedBytes(name: "spec.json", bytes: featurizer),
                    golden: golden.map { NamedBytes(name: "lines", bytes: $0) })))
    }

    @Test("a file above its bound is refused by name before it is parsed")
    func bounds() throws {
        let refusal = refusal(of: try files(more: Limits.featurizerSpecBytes))
        #expect(refusal?.code == .tooLarge)
        #expect(refusal?.reason.hasPrefix("spec.json has more than ") == true)
    }

    @Test("lines of golden inputs end as they like, and are counted with the empty ones")
    func lines() throws {
        let decision = "\"decision\":[9999]"
        for (text, line) in [
            ("{\"text\":\"a\"}", 1), ("\r\n\n{\"text\":\"a\",\(decision)}\r\n", 3),
        ] {
            let refusal = refusal(of: try files(golden: Array(text.utf8)))
            #expect(refusal?.code == .invalid)
            #expect(
                refusal?.reason.hasPrefix("checking golden inputs lines: line \(line): ") == true)
        }
        let long = [UInt8](repeating: 0x20, count: Limits.requestBytesMax + 1)
        #expect(refusal(of: try files(golden: long))?.code == .tooLarge)
    }

    @Test("reading golden inputs ends with the first that is too much")
    func reading() throws {
        let lines = String(repeating: "{}\n\n", count: Limits.goldenInputs + 10)
        let read = try GoldenInputs.read(try models.folder.write("lines.jsonl", lines))
        #expect(read.name.hasSuffix("lines.jsonl"))
        #expect(read.bytes == Array(lines.utf8.prefix(4 * Limits.goldenInputs + 3)))
    }

    @Test("a folder whose files are not what its manifest says is refused by the file's name")
    func folder() throws {
        try models.register(try models.request())
        let content = try RegistrationPaths(file: try models.export(1)).read(for: models.model)
        guard case .folder(let whole) = content else {
            Issue.record("no folder")
            return
        }
        func refusal(manifest: [UInt8]? = nil, files: [NamedBytes]) -> SwerveError? {
            let folder = ExportedFolder(
                path: "there",
                manifest: NamedBytes(
                    name: "manifest.json", bytes: manifest ?? whole.manifest.bytes),
                metadata: whole.metadata, files: files, leftOut: [])
            return self.refusal(
                of: RegistrationRequest(model: models.model, content: .folder(folder)))
        }
        let model = try #require(whole.files.first { $0.name == "model.txt" })
        let others = whole.files.filter { $0 != model }
        let act = "registering http-anomaly from folder there"
        let missing = refusal(files: others)
        #expect(missing?.act == act && missing?.reason == "model.txt is missing")
        let longer = NamedBytes(name: model.name, bytes: model.bytes + [0x0A])
        #expect(
            refusal(files: others + [longer])?.reason.hasPrefix("model.txt has ") == true)
        let changed = NamedBytes(name: model.name, bytes: model.bytes.map { $0 ^ 1 })
        #expect(refusal(files: others + [changed])?.remedy == "it was changed since the export")
        #expect(refusal(manifest: [], files: whole.files)?.code == .invalid)
        #expect(
            refusal(manifest: whole.manifest.bytes + [0x20], files: whole.files)?.reason
                .contains("metadata.json says") == true)
    }
}
