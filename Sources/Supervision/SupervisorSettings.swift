extension Supervisor {
    /// The numbers of a supervisor.
    package struct Settings: Sendable {
        /// From the request to stop until workers that still run are killed; longer where one of
        /// them was started to take longer (`WorkerCommand.stopMs`).
        ///
        /// A worker that is restarted has as long.
        package var stopDeadlineMs = 30_000
        /// From the end of a worker that is restarted in its turn until the next one is to score.
        package var comeBackMs = 60_000
        package var restart = RestartPolicy.Settings()

        package init() {}
    }
}
