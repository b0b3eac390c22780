package import Lifecycle
import Platform

/// The schemas of a worker's records: the table, and the registry's thread, which fills it.
package final class SchemaService: Sendable {
    package let table: SchemaTable
    private let thread: OSThread

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - state: the worker's state folder, where schemas are kept over restarts.
    ///   - service: whose they are there: a model and a group.
    ///   - keeps: whether schemas that come are kept there too; false only reads what workers kept.
    ///   - fail: gets what ends the thread, but for `stop`.
    package init(
        _ settings: SchemaRegistrySettings, state: String,
        of service: (model: String, group: String), keeps: Bool = true,
        bounds: SchemaBounds = SchemaBounds(), log: SchemaLog,
        fail: @escaping @Sendable (SwerveError) -> Void
    ) throws(SwerveError) {
        let table = try SchemaTable(urlCount: settings.urls.count, bounds: bounds)
        let path = SchemaFolder.path(state, service, settings)
        self.table = table
        thread = OSThread(name: "swerve-schemas") {
            do throws(SwerveError) {
                try SchemaFetcher(
                    RegistryClient(settings), table: table,
                    folder: SchemaFolder(path, keeps: keeps, warn: { log.warning($0) }), log: log
                ).run()
            } catch {
                fail(error)
            }
        }
    }

    /// Ends the thread and waits for it, once; what is absent then stays absent.
    package func stop() {
        table.stop()
        thread.join()
    }
}
