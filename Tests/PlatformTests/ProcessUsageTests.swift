import Foundation
import Lifecycle
import Platform
import TestSupport
import Testing

@Suite("ProcessUsage and SystemError", .blocking)
struct ProcessUsageTests {
    @Test("a process has memory, and had at least as much at its peak")
    func memory() throws {
        let own = ProcessInfo.processInfo.processIdentifier
        for usage in [try ProcessUsage.memory(), try ProcessUsage.memory(of: own)] {
            #expect(usage.residentKiB > 1_000)
            #expect(usage.residentPeakKiB >= usage.residentKiB)
        }
    }

    @Test("code that is let go of leaves memory, and comes back where it is used")
    func code() throws {
        // Tests beside it use some code all the time, and by far not all that was used.
        let before = try #require(Self.residentCode())
        #expect(MemoryPolicy.releaseCode() > 0)
        let after = try #require(Self.residentCode())
        // Where the sanitizer runs, the kernel tells of no code that is in memory.
        #expect(after < before || before == 0)
        #expect(throws: SwerveError.self) { try ProcessUsage.memory(of: -1) }
    }

    /// KiB of code that are in memory.
    private static func residentCode() -> Int? {
        guard let maps = try? String(contentsOfFile: "/proc/self/smaps", encoding: .utf8) else {
            return nil
        }
        var (isCode, total) = (false, 0)
        for line in maps.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count > 1, words[1].count == 4, words[0].contains("-") {
                isCode = words[1] == "r-xp"
            } else if isCode, words.first == "Rss:" {
                total += Int(words[1]) ?? 0
            }
        }
        return total
    }

    @Test("work costs processor time, of the thread and of the process")
    func processorTime() {
        let (thread, process) = (ProcessUsage.threadProcessorTimeNs, ProcessUsage.processorTimeNs)
        var sum: UInt64 = 0
        while ProcessUsage.threadProcessorTimeNs == thread { sum &+= 1 }
        #expect(ProcessUsage.threadProcessorTimeNs > thread)
        #expect(ProcessUsage.processorTimeNs >= process)
    }

    @Test("a process that is gone is named")
    func gone() throws {
        let child = try ChildProcess.spawn(Shell.command("exit 0"))
        #expect(try child.wait() == .code(0))
        let error = #expect(throws: SwerveError.self) { try ProcessUsage.memory(of: child.pid) }
        #expect(error?.code == .notFound)
    }

    @Test("who may only not read is told so, and who may not look into a folder, which")
    func closed() throws {
        let error = SystemError.make(
            EACCES, act: "reading ./swerve.yaml", call: "open", path: "./swerve.yaml",
            isReading: true)
        #expect(
            error.remedy
                == "let user \(ProcessIdentity.userName) read ./swerve.yaml, or run it as a "
                + "user who may")
        let folder = try TemporaryFolder()
        let inner = folder.path("closed/inner")
        try StateFile.makeFolder(inner)
        #expect(FileStatus.closedFolder(above: "\(inner)/file") == nil)
        #expect(FileStatus.closedFolder(above: "nowhere/at/all") == nil)
        #expect(
            SystemError.remedy(forClosed: "/var/lib/swerve").contains(
                "may not look into /var/lib/swerve"))
    }

    @Test(
        "an errno becomes words, a code and a remedy",
        arguments: [
            (ENOSPC, SwerveError.Code.system, "free space on the volume of /state/0.json"),
            (EACCES, .system, "let the service's user read and write /state/0.json"),
            (ENOENT, .notFound, "check the path /state/0.json"),
            (EMFILE, .system, "raise the limit of open files (ulimit -n)"),
            (EAGAIN, .unavailable, ""), (-EIO, .system, ""), (99_999, .system, ""),
            (.min, .system, ""),
        ] as [(Int32, SwerveError.Code, String)])
    func systemErrors(number: Int32, code: SwerveError.Code, remedy: String) {
        let error = SystemError.make(
            number, act: "writing", call: "write", path: "/state/0.json")
        #expect(error.code == code)
        #expect(error.remedy == remedy)
        #expect(error.reason.hasPrefix("write: ") && error.reason.hasSuffix(")"))
    }
}
