import Catalogue
import Lifecycle
import ModelFormats
import Operations
import Platform

/// A registration out of an upload: the part `request` says what `RegistrationRequest` has, the
/// other parts are the files.
enum RegistrationUpload {
    /// The most bytes of one, with what stands around its files.
    static let bytesMax = Int(clamping: ArtifactBundle.bytesMax) + goldenBytes
    /// Of golden inputs as somebody supplies them; registration has a bound of its own.
    private static let goldenBytes = 128 << 20

    /// - Parameter model: of the path.
    /// - Throws: `.usage` for a part that is not known or not there, `.tooLarge`.
    static func request(
        _ upload: Upload, of model: String
    ) throws(SwerveError) -> RegisterRequest {
        let act = "registering \(model.shortened(to: 80))"
        let name = try ModelName(model)
        var fields = try said(upload, act: act)
        let signature = try fields.removeValue(forKey: "signature").map {
            value throws(SwerveError) in
            try JSONValueDecoder.decode(RecordSignature.self, from: value, act: act)
        }
        let isTrial = fields.removeValue(forKey: "is_trial")?.bool ?? false
        let folder = fields.removeValue(forKey: "folder")
        if let unknown = upload.files.first(where: { !parts.contains($0.part) }) {
            throw SwerveError(
                .usage, act: act,
                reason: "the part '\(unknown.part.shortened(to: 40))' means nothing here",
                remedy: "there are: request, \(parts.joined(separator: ", "))")
        }
        let content = try content(upload, folder, act: act)
        let whole = defaults.merging(fields) { $1 }
            .merging(["model": .string("\(name)"), "content": emptyContent]) { $1 }
        var request = try JSONValueDecoder.decode(
            RegistrationRequest.self, from: .object(whole), act: act)
        request.content = content
        return RegisterRequest(request, signature: signature, isTrial: isTrial)
    }

    private static func said(
        _ upload: Upload, act: String
    ) throws(SwerveError) -> [String: JSONValue] {
        guard !upload.said.isEmpty else { return [:] }
        let document = try JSONValue(parsing: upload.said, act: act, limit: upload.said.count)
        guard let fields = document.object else {
            throw SwerveError(.usage, act: act, reason: "the part request is no JSON object")
        }
        let known = Set(defaults.keys).union(optional)
        if let unknown = fields.keys.sorted().first(where: { !known.contains($0) }) {
            throw SwerveError(
                .usage, act: act,
                reason: "'\(unknown.shortened(to: 40))' means nothing in the part request",
                remedy: "there are: " + known.sorted().joined(separator: ", "))
        }
        return fields
    }

    private static func content(
        _ upload: Upload, _ folder: JSONValue?, act: String
    ) throws(SwerveError) -> RegistrationContent {
        guard let manifest = try only("manifest", upload, Limits.manifestBytes, act) else {
            guard let model = try only("model", upload, Limits.modelFileBytes, act) else {
                throw SwerveError(
                    .usage, act: act, reason: "there is no part model",
                    remedy: "send the model's file in a part of that name, with its filename")
            }
            return .files(
                RegistrationFiles(
                    model: model,
                    featurizer: try only(
                        "featurizer", upload, Limits.featurizerSpecBytes, act),
                    golden: try only("golden", upload, goldenBytes, act)))
        }
        var files: [NamedBytes] = []
        var total = 0
        for file in upload.files("file") {
            files.append(try read(file, Limits.modelFileBytes, act))
            total += files.last?.bytes.count ?? 0
            guard total <= bytesMax else {
                throw SwerveError(.tooLarge, act: act, reason: "its files are too large together")
            }
        }
        return .folder(
            ExportedFolder(
                path: folder?["path"]?.string ?? "the upload", manifest: manifest,
                metadata: try only("metadata", upload, Limits.exportedMetadataBytes, act),
                files: files,
                leftOut: folder?["left_out"]?.array?.compactMap(\.string) ?? []))
    }

    private static func only(
        _ part: String, _ upload: Upload, _ limit: Int, _ act: String
    ) throws(SwerveError) -> NamedBytes? {
        let found = upload.files(part)
        guard found.count <= 1 else {
            throw SwerveError(.usage, act: act, reason: "the part \(part) is there twice")
        }
        return try found.first.map { file throws(SwerveError) in try read(file, limit, act) }
    }

    private static func read(
        _ file: Upload.File, _ limit: Int, _ act: String
    ) throws(SwerveError) -> NamedBytes {
        guard !file.name.isEmpty else {
            throw SwerveError(
                .usage, act: act, reason: "the part \(file.part) has no filename",
                remedy: "give it: the file keeps its name in the artifact")
        }
        do throws(SwerveError) {
            return NamedBytes(
                name: file.name, bytes: try StateFile.read(file.path, limit: limit))
        } catch {
            // Not the place where it lies here.
            throw SwerveError(
                error.code, act: act, reason: "\(file.name.shortened(to: 80)): \(error.reason)")
        }
    }

    static let parts = ["model", "featurizer", "golden", "manifest", "metadata", "file"]
    private static let optional = [
        "text_field", "threshold", "positive", "label_rule", "signature", "is_trial", "folder",
    ]
    private static let defaults: [String: JSONValue] = [
        "labels": [:], "is_zero_based": false, "metrics": [:], "tags": [:], "note": "",
        "lineage": [:], "aliases": [], "is_forced": false,
    ]
    private static let emptyContent: JSONValue = [
        "files": ["model": ["name": "", "bytes": ""]]
    ]
}
