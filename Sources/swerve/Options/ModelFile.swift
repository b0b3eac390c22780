import Lifecycle

/// A file that is to be registered, and the model that it becomes a version of.
struct ModelFile: Equatable {
    let model: ModelName
    let path: String

    /// - Parameters:
    ///   - arguments: files of the model that is named; without one each is NAME=FILE.
    ///   - model: nil where none is named.
    /// - Throws: `.usage` where there is none, for one without a name, and for what is no name.
    static func named(_ arguments: [String], _ model: String?) throws(SwerveError) -> [ModelFile] {
        guard !arguments.isEmpty else {
            throw SwerveError(
                .usage, act: "registering \((model ?? "a model").shortened(to: 80))",
                reason: "no model file is named", remedy: "swerve register FILE --model NAME")
        }
        if let model {
            let name = try ModelName(model)
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
}
