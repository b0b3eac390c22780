import Inputs
package import Lifecycle
package import ModelFormats
import Platform

/// The files of a registration in memory; whoever gets them from somebody else trusts none of them.
package enum RegistrationContent: Codable, Sendable, Equatable {
    case files(RegistrationFiles)
    /// An exported folder.
    case folder(ExportedFolder)
}

/// A model file and what belongs to it.
package struct RegistrationFiles: Codable, Sendable, Equatable {
    /// It and the spec keep their names in the artifact.
    package let model: NamedBytes
    /// The spec; nil where the model has its own.
    package let featurizer: NamedBytes?
    /// Golden inputs, JSON lines, under a name for errors; nil lets them be made.
    package let golden: NamedBytes?

    package init(model: NamedBytes, featurizer: NamedBytes?, golden: NamedBytes?) {
        self.model = model
        self.featurizer = featurizer
        self.golden = golden
    }

    /// Whoever made them may have read files without a bound.
    func check(act: String) throws(SwerveError) {
        let bounds = [
            (model, Limits.modelFileBytes), (featurizer, Limits.featurizerSpecBytes),
            (golden, GoldenInputs.fileBytes),
        ]
        for case (let file?, let limit) in bounds where file.bytes.count > limit {
            throw SwerveError(
                .tooLarge, act: act,
                reason: "\(file.name.shortened(to: 80)) has more than \(limit) bytes")
        }
    }
}

/// Where the files of a registration lie on this machine.
package struct RegistrationPaths: Sendable {
    /// The model file, or an exported folder.
    package var file: String
    /// The spec's file; nil where the model has its own.
    package var featurizer: String?
    /// The file of golden inputs, plain or gzip, `-` for standard input; nil lets them be made.
    package var golden: String?

    package init(file: String, featurizer: String? = nil, golden: String? = nil) {
        self.file = file
        self.featurizer = featurizer
        self.golden = golden
    }

    /// Reads them; each is held against its bound before memory is taken for it.
    ///
    /// - Throws: with the file; of a folder also what its manifest must not list, and `.usage`
    ///   where a file is named that the manifest names already.
    package func read(for model: ModelName) throws(SwerveError) -> RegistrationContent {
        if FolderListing.isFolder(file) {
            let folder = try ExportedFolder(reading: file, for: model)
            try folder.requireUnsaid(
                [("featurizer", featurizer != nil), ("golden", golden != nil)], for: model)
            return .folder(folder)
        }
        let act = "registering \(model)"
        do throws(SwerveError) {
            let spec = try featurizer.map { path throws(SwerveError) in
                try Self.read(path, limit: Limits.featurizerSpecBytes)
            }
            return .files(
                RegistrationFiles(
                    model: try Self.read(file, limit: Limits.modelFileBytes), featurizer: spec,
                    golden: try golden.map { path throws(SwerveError) in
                        try GoldenInputs.read(path)
                    }))
        } catch {
            throw error.act == act ? error : error.during(act)
        }
    }

    private static func read(_ path: String, limit: Int) throws(SwerveError) -> NamedBytes {
        let bytes = try StateFile.read(path, limit: limit)
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return NamedBytes(name: name, bytes: bytes)
    }
}
