import Foundation
import TestSupport
import Testing

@testable import Platform

@Suite("OtherProcess", .blocking)
struct OtherProcessTests {
    @Test("a process is known by its number, told by its command line, and watched to its end")
    func watched() throws {
        var command = ChildCommand(executable: "/bin/cat", arguments: ["-", ""], name: "kitten")
        command.standardInput = .pipe
        command.standardOutput = .null
        command.standardError = .null
        let child = try ChildProcess.spawn(command)
        let other = try #require(OtherProcess(child.pid))
        // The system tells an empty one until the new program is wholly in place.
        let deadline = Deadline(afterMs: Shell.patienceMs)
        while other.arguments?.isEmpty == true, !deadline.hasPassed {}
        #expect(other.arguments == ["kitten", "-", ""])
        #expect(try !other.hasEnded(withinMs: 0))
        try other.send(.firstUser)
        #expect(try other.hasEnded(withinMs: Shell.patienceMs))
        #expect(try child.wait() == .signal(SIGUSR1))
        #expect(other.arguments == nil)
        try other.send(.firstUser)
        #expect(OtherProcess(child.pid) == nil)
        #expect(OtherProcess(0) == nil && OtherProcess(-1) == nil)
    }
}
