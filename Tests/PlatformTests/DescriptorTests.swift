import Lifecycle
import Platform
import TestSupport
import Testing

@Suite("Poll, EventFD, Pipe and PipeLineReader", .blocking)
struct DescriptorTests {
    @Test("poll names the readable descriptors, and none when the time is up")
    func readiness() throws {
        let (first, second) = (try EventFD(), try EventFD())
        let both = [first.descriptor, second.descriptor]
        #expect(try Poll.waitForAny(both, timeoutMs: 0) == [])
        second.signal()
        #expect(try Poll.waitForAny(both, timeoutMs: nil) == [second.descriptor])
        first.signal()
        #expect(try Poll.waitForAny(both, timeoutMs: nil) == both)
    }

    @Test("a closed descriptor is an error, not an endless readiness")
    func closedDescriptor() throws {
        let pipe = try Pipe()
        let number = pipe.readEnd.raw
        pipe.readEnd.close()
        // Another test may be given the number meanwhile; -1 never is one, and poll ignores it.
        #expect(throws: SwerveError.self) { try Poll.waitForAny([1 << 20], timeoutMs: 0) }
        #expect(!pipe.readEnd.isOpen)
        #expect(number >= 0)
    }

    @Test("signals of a wake-up add up until they are drained")
    func eventFD() throws {
        let wake = try EventFD()
        #expect(wake.drain() == 0)
        for _ in 0..<3 { wake.signal() }
        #expect(wake.drain() == 3)
        #expect(wake.drain() == 0)
    }

    @Test("a wake-up from another thread ends an endless wait")
    func wakeUp() throws {
        let wake = try EventFD()
        let thread = OSThread(name: "waker") { wake.signal() }
        #expect(try Poll.waitForAny([wake.descriptor], timeoutMs: nil) == [wake.descriptor])
        thread.join()
    }

    @Test("a pipe gives its bytes, then its end")
    func pipe() throws {
        let pipe = try Pipe()
        try pipe.readEnd.setNonBlocking()
        #expect(try pipe.readEnd.read(upTo: 8) == .nothingYet)
        try pipe.writeEnd.write(Array("abc".utf8), act: "writing a test's pipe")
        #expect(try pipe.readEnd.read(upTo: 2) == .bytes(Array("ab".utf8)))
        pipe.writeEnd.close()
        pipe.writeEnd.close()
        #expect(try pipe.readEnd.read(upTo: 2) == .bytes(Array("c".utf8)))
        #expect(try pipe.readEnd.read(upTo: 2) == .end)
        #expect(try Poll.waitForAny([pipe.readEnd.raw], timeoutMs: nil) == [pipe.readEnd.raw])
    }

    @Test("a pipe without a reader is an error with words, once broken pipes are ignored")
    func brokenPipe() throws {
        Pipe.ignoreBroken()
        let pipe = try Pipe()
        pipe.readEnd.close()
        let error = #expect(throws: SwerveError.self) {
            try pipe.writeEnd.write([1], act: "telling nobody")
        }
        #expect(error?.description == "telling nobody: write: Broken pipe (errno 32)")
    }

    @Test("lines are split wherever the pieces are, and the rest after the last is one too")
    func lines() throws {
        let pipe = try Pipe()
        try pipe.writeEnd.write(Array("one\n\ntwo\nthr".utf8), act: "")
        var reader = PipeLineReader(pipe.readEnd, limit: 8)
        #expect(try reader.next(timeoutMs: nil, act: "reading") == Array("one".utf8))
        #expect(try reader.next(timeoutMs: nil, act: "reading") == [])
        #expect(try reader.next(timeoutMs: nil, act: "reading") == Array("two".utf8))
        let error = #expect(throws: SwerveError.self) {
            try reader.next(timeoutMs: 0, act: "reading")
        }
        #expect(error?.code == .timedOut)
        try pipe.writeEnd.write(Array("ee".utf8), act: "")
        pipe.writeEnd.close()
        #expect(try reader.next(timeoutMs: nil, act: "reading") == Array("three".utf8))
        #expect(try reader.next(timeoutMs: nil, act: "reading") == nil)
    }

    @Test("a line above the limit is refused, with its end or without", arguments: ["", "\n"])
    func longLine(end: String) throws {
        let pipe = try Pipe()
        try pipe.writeEnd.write(Array(("123456789" + end).utf8), act: "")
        var reader = PipeLineReader(pipe.readEnd, limit: 8)
        let error = #expect(throws: SwerveError.self) {
            try reader.next(timeoutMs: nil, act: "reading")
        }
        #expect(error?.code == .tooLarge)
    }

    @Test("reading to the end stops at its bound")
    func bound() throws {
        let pipe = try Pipe()
        try pipe.writeEnd.write([UInt8](repeating: 7, count: 100), act: "")
        pipe.writeEnd.close()
        let error = #expect(throws: SwerveError.self) { try pipe.readEnd.readToEnd(limit: 99) }
        #expect(error?.code == .tooLarge)
    }
}
