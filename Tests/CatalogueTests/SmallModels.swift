import Foundation
import Lifecycle
import Registry
import TestSupport

@testable import Catalogue

/// A registry, and real models of 16 features to register in it.
struct SmallModels {
    let folder: TemporaryFolder
    let registry: Registry
    let model: ModelName

    var path: String { folder.path("swerve.db") }

    init() throws {
        folder = try TemporaryFolder()
        registry = try Registry.open(
            path: folder.path("swerve.db"), access: .readWrite(create: true))
        model = try ModelName("http-anomaly")
    }

    static func spec(_ more: String = "") -> String {
        #"{"steps":[{"hashed_ngrams":{"analyzer":"byte","ngram_range":[1,2],"n_features":16\#(more)}}]}"#
    }

    static func text(
        _ changed: [Int: Double] = [:], bias: Double? = nil, labels: String = "1 -1",
        solver: String = "L2R_L2LOSS_SVC_DUAL"
    ) -> String {
        var weights = (0..<16).map { Double($0) / 8 - 1 }
        for (index, weight) in changed { weights[index] = weight }
        if let bias { weights.append(bias) }
        return """
            solver_type \(solver)
            nr_class 2
            label \(labels)
            nr_feature 16
            bias \(bias == nil ? -1 : 1)
            w
            \(weights.map { "\($0)" }.joined(separator: "\n"))

            """
    }

    /// What registers these files, to be changed at will.
    func request(
        _ text: String = SmallModels.text(), spec: String = SmallModels.spec(),
        as name: String = "http-anomaly"
    ) throws -> FilesToRegister {
        let place = try Self.freshFolder(in: folder)
        let model = "\(place)/model.txt"
        try Data(text.utf8).write(to: URL(fileURLWithPath: model))
        try Data(spec.utf8).write(to: URL(fileURLWithPath: "\(place)/spec.json"))
        return FilesToRegister(
            model: try ModelName(name), file: model, featurizer: "\(place)/spec.json")
    }

    @discardableResult
    func register(
        _ request: FilesToRegister, in other: Registry? = nil
    ) throws -> RegistrationOutcome {
        try Registrar.register(
            try request.read(), in: other ?? registry, by: "ada", at: "2026-11-23T18:52:00.000Z")
    }

    func version(_ number: Int, of name: String = "http-anomaly") throws -> RegisteredVersion {
        try registry.version(VersionReference(model: try ModelName(name), version: number))
    }

    /// Exports a version into a new folder; its path.
    func export(_ number: Int, of name: String = "http-anomaly") throws -> String {
        let version = try version(number, of: name)
        let place = folder.path("export-\(UUID().uuidString)")
        try VersionExporter.export(version, try registry.artifact(version.digest), to: place)
        return place
    }

    private static func freshFolder(in folder: TemporaryFolder) throws -> String {
        let place = folder.path(UUID().uuidString)
        try FileManager.default.createDirectory(
            atPath: place, withIntermediateDirectories: true)
        return place
    }
}
