import Foundation
import Lifecycle
import Platform
import TestSupport
import Testing

@Suite("ParentLifeline", .blocking)
struct ParentLifelineTests {
    /// The two ends in one process; the worker's is taken over by the lifeline.
    private func ends() throws -> (worker: ParentLifeline, parent: OwnedDescriptor) {
        Platform.Pipe.ignoreBroken()
        let pipe = try Platform.Pipe()
        let copy = dup(pipe.readEnd.raw)
        return (try ParentLifeline(descriptor: copy), pipe.writeEnd)
    }

    @Test(
        "a document arrives whole before anybody reads it",
        arguments: [0, 1, 65_535, 65_536, 65_537, ParentLifeline.documentBytes])
    func document(bytes: Int) throws {
        let (worker, parent) = try ends()
        let document = [UInt8](repeating: UInt8(ascii: "x"), count: bytes)
        try ParentLifeline.send(document, over: parent)
        #expect(try worker.readDocument(timeoutMs: Shell.patienceMs) == document)
        #expect(try worker.parentIsGone() == false)
        #expect(try Poll.waitForAny([worker.descriptor], timeoutMs: 0) == [])
        parent.close()
        #expect(try Poll.waitForAny([worker.descriptor], timeoutMs: nil) == [worker.descriptor])
        #expect(try worker.parentIsGone())
    }

    @Test("a document that is too long or has a second line is refused")
    func refused() throws {
        let (_, parent) = try ends()
        let long = [UInt8](repeating: 0, count: ParentLifeline.documentBytes + 1)
        let codes: [SwerveError.Code?] = [long, Array("a\nb".utf8)].map { document in
            #expect(throws: SwerveError.self) {
                try ParentLifeline.send(document, over: parent)
            }?.code
        }
        #expect(codes == [.tooLarge, .invalid])
    }

    @Test("a parent that goes before its document is noticed")
    func goneEarly() throws {
        let (worker, parent) = try ends()
        parent.close()
        let error = #expect(throws: SwerveError.self) {
            try worker.readDocument(timeoutMs: Shell.patienceMs)
        }
        #expect(error?.reason == "the supervisor is gone")
    }

    @Test("a document that does not come ends in a timeout")
    func late() throws {
        let (worker, parent) = try ends()
        let error = #expect(throws: SwerveError.self) { try worker.readDocument(timeoutMs: 0) }
        #expect(error?.code == .timedOut)
        #expect(parent.isOpen)
    }

    @Test("a process that no supervisor started is told so")
    func byHand() throws {
        let wake = try EventFD()
        let error = #expect(throws: SwerveError.self) {
            try ParentLifeline(descriptor: wake.descriptor)
        }
        #expect(error?.code == .usage)
    }

    @Test("a child sees the end when its parent's end closes, though a sibling lives on")
    func siblings() throws {
        // Each reads the document, says so, and ends when the pipe does.
        let script = "read line <&3; echo \"got $line\"; read more <&3; echo over"
        var command = Shell.command(script)
        command.hasLifeline = true
        let first = try ChildProcess.spawn(command)
        let second = try ChildProcess.spawn(command)
        for (child, name) in [(first, "one"), (second, "two")] {
            try ParentLifeline.send(Array(name.utf8), over: try #require(child.lifeline))
        }
        var lines = PipeLineReader(try #require(first.standardOutput), limit: 80)
        #expect(try lines.next(timeoutMs: Shell.patienceMs, act: "") == Array("got one".utf8))
        first.lifeline?.close()
        #expect(try lines.next(timeoutMs: Shell.patienceMs, act: "") == Array("over".utf8))
        #expect(try first.wait(timeoutMs: Shell.patienceMs) == .code(0))
        #expect(try second.exitStatus() == nil)
    }
}
