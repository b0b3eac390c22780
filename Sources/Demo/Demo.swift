package import Lifecycle
import Platform

/// The main job of Swerve on one machine: two versions, traffic, workers, a canary, a promotion and
/// a rollback while records flow, and a report on what held.
package enum Demo {
    /// Runs it to its end; blocking, bounded in time, on the main thread before any other starts.
    ///
    /// Children are ended on every way out, SIGINT and SIGTERM included. Progress goes to standard
    /// error.
    ///
    /// - Returns: the report; a promise that did not hold is no error (`DemoReport.exitCode`).
    /// - Throws: when the run itself could not be made: `.usage` for the options, `.notFound` for
    ///   files, `.timedOut` for workers that never converge, `.refused` for a process that ended.
    package static func run(_ options: DemoOptions) throws(SwerveError) -> DemoReport {
        do throws(DemoOptions.Mistake) {
            try options.check()
        } catch {
            throw SwerveError(.usage, act: "starting the demo", reason: error.description)
        }
        let signals = try SignalWatch()
        Pipe.ignoreBroken()
        let models = try DemoModels(options)
        let source = try RequestSource(options)
        let workspace = try DemoWorkspace(keep: options.keepFolder)
        defer { workspace.remove() }
        let service = try DemoService(options: options, workspace: workspace, signals: signals)
        defer { service.close() }
        let progress = ProgressLine(
            isShown: options.showsProgress, isColoured: !options.isColourRefused)
        progress.note("\(service.places); registry \(workspace.registry)")
        if options.isBootstrapIgnored {
            progress.note(
                "SWERVE_BOOTSTRAP and all other SWERVE_ variables do not count for a demo; "
                    + "--bootstrap alone takes it to real brokers")
        }
        try service.makeTopics()
        var versions: [DeployedVersion] = []
        for files in models.versions { versions.append(try service.register(files)) }
        guard versions[0].digest != versions[1].digest else {
            throw SwerveError(
                .usage, act: "registering two versions", reason: "they are the same artifact",
                problem: Problem(.sameArtifact))
        }
        let first = try service.startChange(["promote", "\(service.model)@\(versions[0].version)"])
        let epoch = try service.finish(first)["epoch"]?.int ?? 1
        let run = try TrafficRun(
            service: service, source: source, versions: versions, epoch: Int64(epoch),
            progress: progress)
        defer { run.close() }
        return try conduct(run, in: service)
    }

    private static func conduct(
        _ run: TrafficRun, in service: DemoService
    ) throws(SwerveError) -> DemoReport {
        do throws(SwerveError) {
            try service.startServe()
            try run.waitForWorkers()
            try run.feedAll()
            let report = run.report(answeredNs: try run.finish())
            try run.keep()
            if service.workspace.isKept {
                try service.workspace.write(
                    "report.json", Array((report.json.prettyText + "\n").utf8))
            }
            return report
        } catch {
            // What there is helps to see why; the first error is the one to tell.
            try? run.keep()
            throw error
        }
    }
}
