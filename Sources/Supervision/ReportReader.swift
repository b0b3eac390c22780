package import Lifecycle
import Platform

/// Reports out of a worker's pipe, whatever the worker writes.
struct ReportReader {
    private let source: OwnedDescriptor
    private var lines = ReportLines()
    /// Whether there is more to come.
    private(set) var isOpen = true

    init(_ source: OwnedDescriptor) throws(SwerveError) {
        try source.setNonBlocking()
        self.source = source
    }

    var descriptor: Int32 { source.raw }

    /// Lines so far that were no reports.
    var faults: Int64 { lines.faults }

    /// Reads what is there, at most `chunkBytes`, and gives the newest report that it completes.
    mutating func read() -> WorkerReport? {
        do throws(SwerveError) {
            switch try source.read(upTo: Self.chunkBytes) {
            case .bytes(let bytes): return lines.take(bytes)
            case .nothingYet: return nil
            case .end:
                isOpen = false
                return nil
            }
        } catch {
            isOpen = false
            return nil
        }
    }

    /// What is left in the pipe of a process that has ended.
    mutating func readRest() -> WorkerReport? {
        var newest: WorkerReport?
        for _ in 0..<Self.chunksOfRest where isOpen {
            let before = lines.received
            if let report = read() { newest = report }
            // Nothing is there, and another process may hold the other end.
            if lines.received == before { break }
        }
        return newest
    }

    private static let chunkBytes = 64 << 10
    private static let chunksOfRest = 32
}

/// Cuts what comes over a pipe into lines, and reads the newest: a value without I/O.
///
/// Of several lines at once only the last is read: each says all. A line that is too long, or is no
/// report, is passed over and counted; what it keeps is bounded by one line.
package struct ReportLines {
    private var buffer: [UInt8] = []
    /// Whether what comes is the rest of a line that is too long.
    private var isSkipping = false
    /// Lines that were no reports.
    package private(set) var faults: Int64 = 0
    /// Bytes in all.
    package private(set) var received = 0

    package init() {}

    /// - Returns: the report of the last line that `bytes` complete; nil where there is none.
    package mutating func take(_ bytes: [UInt8]) -> WorkerReport? {
        received += bytes.count
        guard let end = bytes.lastIndex(of: Self.newline) else {
            keep(bytes[...])
            return nil
        }
        // The last whole line begins behind the newline before, or with what was kept.
        let newest: WorkerReport?
        if let start = bytes[..<end].lastIndex(of: Self.newline) {
            newest = report(bytes[(start + 1)..<end])
        } else {
            keep(bytes[..<end])
            newest = isSkipping ? nil : report(buffer[...])
        }
        buffer.removeAll(keepingCapacity: true)
        isSkipping = false
        keep(bytes[(end + 1)...])
        return newest
    }

    private mutating func report(_ line: ArraySlice<UInt8>) -> WorkerReport? {
        let report = WorkerReport(line: line)
        if report == nil { faults += 1 }
        return report
    }

    private mutating func keep(_ bytes: ArraySlice<UInt8>) {
        guard !isSkipping else { return }
        guard buffer.count + bytes.count <= WorkerReport.lineBytes else {
            faults += 1
            isSkipping = true
            buffer = []
            return
        }
        buffer += bytes
    }

    private static let newline = UInt8(ascii: "\n")
}
