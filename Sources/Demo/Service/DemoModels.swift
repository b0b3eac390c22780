import FoundationEssentials
import Lifecycle
import Platform

/// The files of the two versions.
struct DemoModels {
    struct Files {
        let model, featurizer: String
    }

    let versions: [Files]

    /// Takes what the options name, and the rest from the shipped models.
    ///
    /// - Throws: `.notFound` where the shipped models are needed and not there.
    init(_ options: DemoOptions) throws(SwerveError) {
        var versions: [Files] = []
        for index in 0..<2 {
            let model = options.modelFiles[index]
            let spec = options.featurizerFiles[index]
            if let model, let spec {
                versions.append(Files(model: model, featurizer: spec))
                continue
            }
            let folder = try Self.folder(options.modelsFolder)
            versions.append(
                Files(
                    model: model ?? "\(folder)/http-anomaly-\(index + 1).model",
                    featurizer: spec ?? "\(folder)/featurizer.json"))
        }
        self.versions = versions
        for file in versions.flatMap({ [$0.model, $0.featurizer] })
        where !FileManager.default.isReadableFile(atPath: file) {
            throw SwerveError(
                .notFound, act: "looking for the models of the demo",
                reason: "there is no file \(file), or it cannot be read")
        }
    }

    /// `models/`, beside the executable or above it: in the checkout it was built in, or installed.
    private static func folder(_ named: String?) throws(SwerveError) -> String {
        if let named { return named }
        var parts = try CurrentExecutable.path().split(separator: "/")
        let start = parts.joined(separator: "/")
        while !parts.isEmpty {
            parts.removeLast()
            for place in ["models", "share/swerve/models"] {
                let folder = "/" + (parts + [Substring(place)]).joined(separator: "/")
                if FileManager.default.fileExists(atPath: "\(folder)/featurizer.json") {
                    return folder
                }
            }
        }
        throw SwerveError(
            .notFound, act: "looking for the models of the demo",
            reason: "there is no models/ beside or above /\(start)",
            problem: Problem(.demoModelsNotFound))
    }
}
