import Lifecycle
import Logging
import Platform

/// The log of this process: one form, one level and one account of what was said already, for all
/// its loggers; on standard error.
///
/// Any thread.
final class ProcessLog: Sendable {
    private struct State {
        var fold = LogFold()
        /// By its kind, the line that is written where others like it followed.
        var lines: [String: LogLine] = [:]
    }

    let form: LogLine.Form
    private let verbosity: LogVerbosity
    private let state = Guarded(State())
    private let write: @Sendable (String) -> Void
    /// How often another level was asked for.
    private let steps: @Sendable () -> Int

    /// - Parameters:
    ///   - steps: how often another level was asked for so far.
    ///   - write: takes a line without its end.
    init(
        _ form: LogLine.Form, _ verbosity: LogVerbosity, steps: @escaping @Sendable () -> Int,
        write: @escaping @Sendable (String) -> Void = { StandardStream.error.write($0 + "\n") }
    ) {
        self.form = form
        self.verbosity = verbosity
        self.steps = steps
        self.write = write
    }

    /// Makes it the log of every `Logger` made from now on; once in a process.
    func begin() {
        LoggingSystem.bootstrap { ProcessLogHandler(log: self, label: $0) }
    }

    var level: Logger.Level { verbosity.level(after: steps()) }

    /// Writes a line, or counts it where the same warning or error was written within the last
    /// minute.
    func take(_ line: LogLine) {
        let now = MonotonicClock.now
        let time = WallClock.nowMs
        var written: [String] = []
        state.withLock { state in
            let kind = line.kind
            let telling =
                line.level >= .warning ? state.fold.take(kind, at: now) : .tell(untold: 0)
            for (kind, untold) in state.fold.takeOver(at: now) {
                guard let earlier = state.lines.removeValue(forKey: kind) else { continue }
                written.append(earlier.text(form, atMs: time, untold: untold))
            }
            switch telling {
            case .keep: state.lines[kind] = line
            case .tell(let untold):
                state.lines[kind] = nil
                written.append(line.text(form, atMs: time, untold: untold))
            }
        }
        for text in written { write(text) }
    }

    /// Writes what is still to be said of lines that were counted alone; before the process ends.
    func end() {
        let time = WallClock.nowMs
        let over = state.withLock { state in
            state.fold.takeOver(at: MonotonicClock.now, isAll: true).compactMap { kind, untold in
                state.lines[kind]?.text(form, atMs: time, untold: untold)
            }
        }
        for text in over { write(text) }
    }
}

/// What one `Logger` has of its own.
private struct ProcessLogHandler: LogHandler {
    let log: ProcessLog
    let label: String
    var metadata = Logger.Metadata()
    var metadataProvider: Logger.MetadataProvider?

    /// The process's, whatever is set: one signal changes all.
    var logLevel: Logger.Level {
        get { log.level }
        set {}
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        log.take(
            LogLine(
                level: event.level, logger: label, message: "\(event.message)",
                metadata: all.mapValues { "\($0)" }))
    }
}
