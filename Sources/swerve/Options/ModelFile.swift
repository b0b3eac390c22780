import FoundationEssentials
import Lifecycle

/// A file that is to be registered, and the model that it becomes a version of.
struct ModelFile: Equatable {
    let model: ModelName
    let path: String

    /// - Parameters:
    ///   - arguments: files of the model that is named; without one each is NAME=FILE.
    ///   - model: nil where none is named.
    ///   - isThere: whether there is a file at a path.
    /// - Throws: `.usage` where there is none, for one without a name or with two, and for what is
    ///   no name.
    static func named(
        _ arguments: [String], _ model: String?,
        isThere: (String) -> Bool = { FileManager.default.fileExists(atPath: $0) }
    ) throws(SwerveError) -> [ModelFile] {
        guard !arguments.isEmpty else {
            throw SwerveError(
                .usage, act: "registering \((model ?? "a model").shortened(to: 80))",
                reason: "no model file is named", remedy: "swerve register FILE --model NAME")
        }
        if let model {
            let name = try ModelName(model)
            for argument in arguments where isNamed(argument) && !isThere(argument) {
                throw SwerveError(
                    .usage, act: "registering '\(argument.shortened(to: 80))'",
                    reason: "--model and NAME=FILE exclude each other",
                    remedy: "give the file alone, or leave --model away")
            }
            return arguments.map { ModelFile(model: name, path: $0) }
        }
        return try arguments.map { argument throws(SwerveError) in
            let parts = argument.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
                throw SwerveError(
                    .usage, act: "registering '\(argument.shortened(to: 80))'",
                    reason: "it does not say which model it becomes a version of",
                    remedy: "give --model NAME, or name each file as NAME=FILE")
            }
            return ModelFile(model: try ModelName(String(parts[0])), path: String(parts[1]))
        }
    }

    /// Whether it looks like NAME=FILE, which the name of a file may do too.
    private static func isNamed(_ argument: String) -> Bool {
        guard let mark = argument.firstIndex(of: "=") else { return false }
        return (try? ModelName(String(argument[..<mark]))) != nil
    }
}
