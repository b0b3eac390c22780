import Foundation
import Lifecycle
import Platform
import TestSupport
import Testing

@Suite("ChildProcess", .blocking)
struct ChildProcessTests {
    @Test(
        "the end of a child is told as it was",
        arguments: [
            ("exit 0", Platform.ExitStatus.code(0), "exit code 0"),
            ("exit 75", .code(75), "exit code 75"),
            ("kill -9 $$", .signal(9), "signal 9 (SIGKILL)"),
            ("kill -TERM $$", .signal(15), "signal 15 (SIGTERM)"),
        ])
    func endings(script: String, status: Platform.ExitStatus, text: String) throws {
        let child = try ChildProcess.spawn(Shell.command(script))
        #expect(try child.wait() == status)
        #expect(try child.exitStatus() == status, "and again, however often")
        #expect(status.description == text)
        try child.terminate(.kill)
    }

    @Test("arguments and environment arrive as they are")
    func arguments() throws {
        var command = Shell.command(#"printf '%s|' "$@"; env"#, ["a b", "", "ü*"])
        command.environment = ["ONLY": "this = that"]
        let (output, status) = try Shell.run(command)
        #expect(status == .code(0))
        #expect(output.hasPrefix("a b||ü*|"))
        #expect(output.contains("ONLY=this = that\n"))
        #expect(!output.contains("HOME="))
    }

    @Test("without an environment of its own a child has its parent's")
    func inheritedEnvironment() throws {
        let home = try #require(ProcessInfo.processInfo.environment["PATH"])
        #expect(try Shell.run(Shell.command(#"printf %s "$PATH""#)).output == home)
    }

    @Test(
        "what cannot be started is named", arguments: ["/no/such/program", "/etc/passwd", "/tmp"])
    func notStartable(path: String) {
        let error = #expect(throws: SwerveError.self) {
            try ChildProcess.spawn(ChildCommand(executable: path))
        }
        #expect(error?.act == "starting \(path)")
        #expect(error?.reason.hasPrefix("posix_spawn: ") == true)
        #expect(error?.isRetryable == false)
        if path == "/no/such/program" {
            #expect(error?.code == .notFound)
            #expect(error?.remedy == "check the path /no/such/program")
        }
    }

    @Test("user signals wait for a child that holds them, and end another one")
    func userSignals() throws {
        for (isHeld, status) in [
            (true, Platform.ExitStatus.code(3)), (false, .signal(SIGUSR2)),
        ] {
            var command = Shell.command("kill -USR2 $$; exit 3")
            command.holdsUserSignals = isHeld
            #expect(try ChildProcess.spawn(command).wait() == status)
        }
    }

    @Test("an argument with a NUL byte is refused instead of cut")
    func nulByte() {
        let error = #expect(throws: SwerveError.self) {
            try ChildProcess.spawn(Shell.command("exit 0", ["a\0b"]))
        }
        #expect(error?.code == .invalid)
    }

    @Test(
        "a child has its standard streams and its lifeline, and nothing else",
        arguments: [false, true])
    func noLeaks(hasLifeline: Bool) throws {
        // Two that a careless spawn would hand on: with and without close-on-exec.
        let pipe = try Platform.Pipe()
        let plain = dup(pipe.readEnd.raw)
        defer { close(plain) }
        var command = ChildCommand(executable: "/bin/ls", arguments: ["/proc/self/fd"])
        command.standardOutput = .pipe
        command.hasLifeline = hasLifeline
        let (output, status) = try Shell.run(command)
        #expect(status == .code(0))
        // The last one is the folder that ls itself is reading.
        let expected = hasLifeline ? ["0", "1", "2", "3", "4"] : ["0", "1", "2", "3"]
        #expect(output.split(separator: "\n").map(String.init) == expected)
    }

    @Test("a child starts with default signals and none blocked, whatever its parent has")
    func signals() throws {
        Platform.Pipe.ignoreBroken()
        let (output, _) = try Shell.run(
            Shell.command("exec grep -E '^Sig(Blk|Ign)' /proc/self/status"))
        let masks = output.split(separator: "\n").map { line in
            UInt64(line.split(separator: "\t").last ?? "", radix: 16)
        }
        // glibc's posix_spawn ignores its two internal signals, 32 and 33, in every child.
        #expect(masks == [0, 0b11 << 31] || masks == [0, 0])
    }

    @Test("a child that is to ignore SIGHUP does so from its first instruction")
    func hangUp() throws {
        // As a watch of signals does.
        signal(SIGHUP, SIG_IGN)
        for isKept in [true, false] {
            var command = Shell.command("kill -HUP $$; exit 3")
            command.keepsHangUpIgnored = isKept
            #expect(try ChildProcess.spawn(command).wait() == (isKept ? .code(3) : .signal(1)))
        }
    }

    @Test("input goes in and output comes out through pipes")
    func pipes() throws {
        var command = ChildCommand(executable: "/bin/cat", arguments: ["-", "/nonexistent"])
        command.standardInput = .pipe
        command.standardOutput = .pipe
        command.standardError = .pipe
        let child = try ChildProcess.spawn(command)
        try child.standardInput?.write(Array("through".utf8), act: "feeding cat")
        child.standardInput?.close()
        #expect(try child.standardOutput?.readToEnd(limit: 100) == Array("through".utf8))
        let words = String(
            decoding: try child.standardError?.readToEnd(limit: 1_000) ?? [], as: UTF8.self)
        #expect(words.contains("/nonexistent"))
        #expect(try child.wait() == .code(1))
    }

    @Test("a child in a group of its own is out of reach of the terminal's Ctrl-C")
    func processGroup() throws {
        for isOwn in [true, false] {
            var command = Shell.command("exec cat")
            command.standardInput = .pipe
            command.hasOwnProcessGroup = isOwn
            let child = try ChildProcess.spawn(command)
            #expect(getpgid(child.pid) == (isOwn ? child.pid : getpgrp()))
            child.standardInput?.close()
            #expect(try child.wait() == .code(0))
        }
    }

    @Test("a child's end shows on its descriptor, beside others")
    func pollable() throws {
        var command = Shell.command("exec cat")
        command.standardInput = .pipe
        let lasting = try ChildProcess.spawn(command)
        let ending = try ChildProcess.spawn(command)
        #expect(try Poll.waitForAny([lasting.descriptor, ending.descriptor], timeoutMs: 0) == [])
        #expect(try lasting.wait(timeoutMs: 0) == nil)
        try ending.terminate()
        let ready = try Poll.waitForAny([lasting.descriptor, ending.descriptor], timeoutMs: nil)
        #expect(ready == [ending.descriptor])
        #expect(try ending.exitStatus() == .signal(15))
    }

    @Test("a child whose owner lets it go is killed and leaves no zombie")
    func dropped() throws {
        let pid: Int32
        do {
            var command = Shell.command("trap '' TERM; exec cat")
            command.standardInput = .pipe
            pid = try ChildProcess.spawn(command).pid
        }
        #expect(kill(pid, 0) == -1 && errno == ESRCH)
    }

    @Test("the program finds itself")
    func currentExecutable() throws {
        let path = try CurrentExecutable.path()
        #expect(FileManager.default.isExecutableFile(atPath: path))
        #expect(FileManager.default.isExecutableFile(atPath: CurrentExecutable.spawnPath))
    }
}
