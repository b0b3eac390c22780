import Foundation
import TestSupport
import Testing

@testable import Platform

@Suite("processors by the cgroup's quota")
struct ProcessorShareTests {
    /// A folder with these files of `/proc` and `/sys`.
    private func machine(_ files: [String: String]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for (path, text) in files {
            try FileManager.default.createDirectory(
                at: folder.url.appendingPathComponent(path).deletingLastPathComponent(),
                withIntermediateDirectories: true)
            try folder.write(path, text)
        }
        return folder
    }

    @Test(
        "of version 2, the narrowest bound of the group and those above it",
        arguments: [
            ("0::/a/b\n", ["a/b": "400000 100000", "a": "250000 100000"], 2),
            ("0::/a/b\n", ["a/b": "150000 100000", "a": "max 100000"], 1),
            ("0::/a\n", ["a": "max 100000"], 8),
            ("0::/a\n", ["a": "50000 100000"], 1),
            ("0::/a\n", ["a": "1600000 100000"], 8),
            ("0::/a\n", [:], 8),
            // A container that sees its own group as the top.
            ("0::/\n", ["": "300000 100000"], 3),
            ("0::/../../machine.slice/x\n", ["": "300000 100000"], 8),
            ("0::/kubepods/pod1/x\n", ["": "300000 100000"], 3),
            // What nobody can read bounds nothing.
            ("0::/a\n", ["a": "many 100000"], 8), ("0::/a\n", ["a": "0 0"], 8),
            ("0::/a\n", ["a": "-5 100000"], 8), ("0::/a\n", ["a": ""], 8),
            ("no cgroup\n", ["": "100000 100000"], 8),
        ] as [(String, [String: String], Int)])
    func second(own: String, groups: [String: String], cores: Int) throws {
        var files = ["proc/self/cgroup": own]
        for (path, text) in groups {
            files["sys/fs/cgroup/" + (path.isEmpty ? "" : path + "/") + "cpu.max"] = text + "\n"
        }
        let folder = try machine(files)
        #expect(ProcessorShare.cores(of: 8, root: folder.url.path) == cores)
    }

    @Test(
        "of version 1, the same in two files, wherever the controller is mounted",
        arguments: [
            ("3:cpu,cpuacct:/docker/x\n", "cpu,cpuacct/docker/x", "250000", 2),
            ("3:cpu,cpuacct:/docker/x\n", "cpu,cpuacct", "100000", 1),
            ("3:cpuacct,cpu:/x\n", "cpu/x", "300000", 3),
            ("1:cpu:/\n", "cpu", "-1", 8), ("1:cpu:/\n", "cpu", "many", 8),
            ("4:memory:/x\n", "cpu/x", "100000", 8),
        ])
    func first(own: String, folder: String, quota: String, cores: Int) throws {
        let machine = try machine([
            "proc/self/cgroup": "9:memory:/x\n" + own,
            "sys/fs/cgroup/\(folder)/cpu.cfs_quota_us": quota + "\n",
            "sys/fs/cgroup/\(folder)/cpu.cfs_period_us": "100000\n",
        ])
        #expect(ProcessorShare.cores(of: 8, root: machine.url.path) == cores)
    }

    @Test("where both versions are mounted, the narrower one holds; without any, all processors")
    func both() throws {
        let mixed = try machine([
            "proc/self/cgroup": "2:cpu:/a\n0::/a\n",
            "sys/fs/cgroup/cpu/a/cpu.cfs_quota_us": "500000\n",
            "sys/fs/cgroup/cpu/a/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/unified/a/cpu.max": "300000 100000\n",
        ])
        #expect(ProcessorShare.cores(of: 8, root: mixed.url.path) == 3)
        #expect(ProcessorShare.cores(of: 8, root: try machine([:]).url.path) == 8)
        #expect(ProcessorShare.cores(of: 0, root: try machine([:]).url.path) == 1)
        #expect(ProcessorShare.cores >= 1)
    }
}
