import GRDB
import Lifecycle

/// The table `models`: a row for each name that ever had a version.
struct ModelStore {
    let transaction: RegistryTransaction

    /// - Throws: `.notFound`, naming the models that there are.
    func require(_ model: ModelName) throws {
        let isThere = try transaction.exists(
            "SELECT 1 FROM models WHERE name = ?", [model.description])
        guard !isThere else { return }
        let names = try transaction.rows(
            """
            SELECT \(CheckedRow.bounded("name", 63, as: "name")) FROM models
            ORDER BY name LIMIT \(Self.named + 1)
            """
        ).map { try $0.text("name") }
        guard !names.isEmpty else {
            throw SwerveError(
                .notFound, act: transaction.act, reason: "the registry has no models yet",
                problem: Problem(.noModels, [.model: "\(model)"]))
        }
        let listed = names.prefix(Self.named).joined(separator: ", ")
        throw SwerveError(
            .notFound, act: transaction.act,
            reason: "there is no model \(model); there "
                + (names.count == 1 ? "is " : "are ") + listed
                + (names.count > Self.named ? " and more" : ""),
            problem: Problem(.modelNotFound, [.model: "\(model)"]))
    }

    /// Adds the model where it is not there.
    func add(_ model: ModelName, at time: String) throws {
        try transaction.execute(
            "INSERT INTO models (name, created_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [model.description, time])
    }

    /// So many are named in an error.
    private static let named = 10
}
