import FoundationEssentials
import Glibc
import Lifecycle

/// How many processors this process may keep busy.
package enum ProcessorShare {
    /// The processors that the process may run on, or fewer where a cgroup gives it less of their
    /// time: the quota's whole processors, and one at least.
    ///
    /// A part of a processor is not counted: who keeps more processors busy than the quota has is
    /// stopped for the rest of each period. Reads a few files; not for the hot path.
    package static var cores: Int {
        cores(of: ProcessInfo.processInfo.activeProcessorCount, root: "")
    }

    /// - Parameters:
    ///   - processors: that the process may run on.
    ///   - root: the folder that `/proc` and `/sys` are in; empty for the machine's own.
    static func cores(of processors: Int, root: String) -> Int {
        max(1, min(processors, quota(root: root).map { Int($0) } ?? processors))
    }

    /// Processors that the cgroups of this process may keep busy, the narrowest of them; nil where
    /// none sets a bound, or none can be read.
    ///
    /// A group's bound holds for all groups below it, so all up to the top are asked. Where a
    /// container sees its own group as the top, `/proc/self/cgroup` may still name the path that
    /// the machine has for it: of that path, only the top is there.
    static func quota(root: String) -> Double? {
        let lines = text("\(root)/proc/self/cgroup")?.split(separator: "\n") ?? []
        var narrowest: Double?
        for line in lines {
            // number:controllers:path, as cgroups(7) says; version 2 names no controllers.
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let controllers = parts[1].split(separator: ",")
            let bounds: [Double?]
            if parts[1].isEmpty {
                bounds = folders(to: parts[2], below: ["", "unified"], root: root).map(quotaOfV2)
            } else if controllers.contains("cpu") {
                bounds = folders(to: parts[2], below: [parts[1], "cpu"], root: root)
                    .map(quotaOfV1)
            } else {
                continue
            }
            for bound in bounds.compactMap(\.self) { narrowest = min(narrowest ?? bound, bound) }
        }
        return narrowest
    }

    /// The folders of a group and of all groups above it, in each place where they may be mounted.
    private static func folders(
        to path: Substring, below mounts: [Substring], root: String
    ) -> [String] {
        let names = path.split(separator: "/")
        guard !names.contains("..") else { return [] }
        return mounts.flatMap { mount in
            (0...names.count).map { depth in
                (["\(root)/sys/fs/cgroup", String(mount)] + names.prefix(depth).map(String.init))
                    .filter { !$0.isEmpty }.joined(separator: "/")
            }
        }
    }

    /// `cpu.max`: microseconds in each period, or `max`, and the period.
    private static func quotaOfV2(_ folder: String) -> Double? {
        let words = text("\(folder)/cpu.max")?.split { $0 == " " || $0 == "\n" } ?? []
        guard words.count == 2 else { return nil }
        return quota(Int64(words[0]), of: Int64(words[1]))
    }

    /// The same in two files; -1 is no bound.
    private static func quotaOfV1(_ folder: String) -> Double? {
        quota(
            number("\(folder)/cpu.cfs_quota_us"), of: number("\(folder)/cpu.cfs_period_us"))
    }

    private static func quota(_ micros: Int64?, of period: Int64?) -> Double? {
        guard let micros, let period, micros > 0, period > 0 else { return nil }
        return min(Double(micros) / Double(period), most)
    }

    private static func number(_ path: String) -> Int64? {
        text(path).flatMap { Int64($0.filter { $0 != "\n" }) }
    }

    private static func text(_ path: String) -> String? {
        (try? StateFile.read(path, limit: fileBytes)).map { String(decoding: $0, as: UTF8.self) }
    }

    private static let fileBytes = 64 << 10
    private static let most = 1_048_576.0
}
