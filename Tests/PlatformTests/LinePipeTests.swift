import Platform
import TestSupport
import Testing

@Suite("LinePipe", .blocking)
struct LinePipeTests {
    private let line = [UInt8](repeating: UInt8(ascii: "x"), count: 10_000)

    private func read(_ pipe: OwnedDescriptor) throws -> [UInt8] {
        guard case .bytes(let bytes) = try pipe.read(upTo: 1 << 20) else { return [] }
        return bytes
    }

    @Test("lines for which there is no room are dropped whole, and nothing is waited for")
    func slowReader() throws {
        let pipe = try Pipe()
        var lines = try LinePipe(pipe.writeEnd, act: "telling")
        var sent = 0
        for _ in 0..<20 where lines.send(line) { sent += 1 }
        #expect(sent > 0 && sent < 20)
        let (dropped, isWaiting) = (lines.dropped, lines.isWaiting)
        #expect(dropped == 20 - sent)
        #expect(isWaiting, "the last one was begun")
        var received: [UInt8] = []
        while received.count < sent * (line.count + 1) {
            received += try read(pipe.readEnd)
            lines.flush()
        }
        let whole = received.split(separator: UInt8(ascii: "\n"))
        #expect(whole.count == sent && whole.allSatisfy { $0.elementsEqual(line) })
        #expect(received.last == UInt8(ascii: "\n"))
        let isSent = lines.send(line)
        #expect(isSent, "there is room again")
    }

    @Test("a line longer than the pipe is finished as its reader reads")
    func longLine() throws {
        let pipe = try Pipe()
        var lines = try LinePipe(pipe.writeEnd, act: "telling")
        let long = [UInt8](repeating: UInt8(ascii: "y"), count: 1 << 20)
        let areSent = [lines.send(long), lines.send(line)]
        #expect(areSent == [true, false])
        var received: [UInt8] = []
        while received.count <= long.count {
            received += try read(pipe.readEnd)
            lines.flush()
        }
        let isWaiting = lines.isWaiting
        #expect(received.count == long.count + 1 && !isWaiting)
    }

    @Test("a reader that is gone ends nothing but the telling")
    func goneReader() throws {
        Pipe.ignoreBroken()
        let pipe = try Pipe()
        var lines = try LinePipe(pipe.writeEnd, act: "telling")
        pipe.readEnd.close()
        lines.send(line)
        let (isBroken, isWaiting) = (lines.isBroken, lines.isWaiting)
        #expect(isBroken && !isWaiting)
        let isSent = lines.send(line)
        #expect(!isSent)
    }
}
