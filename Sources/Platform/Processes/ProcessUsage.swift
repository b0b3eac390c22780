import Glibc
package import Lifecycle

/// What a process has used, for reports; by no means cheap enough for the hot path.
package struct ProcessUsage: Sendable, Equatable {
    /// Memory resident now and at its most, in KiB (what /proc calls kB).
    package let residentKiB: Int
    package let residentPeakKiB: Int

    /// The memory of process `pid`; nil is this one.
    ///
    /// About 30 us.
    package static func memory(of pid: Int32? = nil) throws(SwerveError) -> ProcessUsage {
        let path = "/proc/\(pid.map { String($0) } ?? "self")/status"
        let text = String(decoding: try StateFile.read(path, limit: statusBytes), as: UTF8.self)
        guard let now = field("VmRSS:", of: text), let peak = field("VmHWM:", of: text) else {
            throw SwerveError(
                .notFound, act: "reading \(path)", reason: "no VmRSS and VmHWM: it has ended")
        }
        return ProcessUsage(residentKiB: now, residentPeakKiB: peak)
    }

    /// Processor time of all threads of this process, in nanoseconds.
    package static var processorTimeNs: UInt64 {
        MonotonicClock.nanoseconds(of: CLOCK_PROCESS_CPUTIME_ID)
    }

    /// Processor time of the calling thread, in nanoseconds; about 200 ns a call.
    package static var threadProcessorTimeNs: UInt64 {
        MonotonicClock.nanoseconds(of: CLOCK_THREAD_CPUTIME_ID)
    }

    private static let statusBytes = 64 << 10

    /// The number of a line like `VmRSS:      1234 kB`.
    static func field(_ name: String, of text: String) -> Int? {
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name) }) else {
            return nil
        }
        return line.dropFirst(name.count).split(whereSeparator: { $0 == " " || $0 == "\t" })
            .first.flatMap { Int($0) }
    }
}
