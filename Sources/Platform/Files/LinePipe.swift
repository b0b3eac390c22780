package import Lifecycle

/// Lines to a reader that may be slow: never waited for, never a part of one.
///
/// A line for which there is no room is dropped whole. One that was begun is finished before
/// another one begins, so that the reader sees whole lines whenever it comes.
package struct LinePipe: ~Copyable {
    private let pipe: OwnedDescriptor
    private let act: String
    /// What is left of a line that was begun.
    private var rest: ArraySlice<UInt8> = []
    /// Whether the reader is gone.
    package private(set) var isBroken = false
    /// Lines that were dropped.
    package private(set) var dropped = 0

    /// Makes the descriptor non-blocking.
    ///
    /// - Parameter act: what an error says was being done.
    package init(_ pipe: OwnedDescriptor, act: String) throws(SwerveError) {
        self.pipe = pipe
        self.act = act
        try pipe.setNonBlocking()
    }

    /// Whether a part of a line waits for room.
    package var isWaiting: Bool { !rest.isEmpty }

    /// Writes a line and its end, as far as there is room.
    ///
    /// - Parameter line: without a newline.
    /// - Returns: false where it was dropped.
    @discardableResult
    package mutating func send(_ line: [UInt8]) -> Bool {
        flush()
        guard !isBroken, rest.isEmpty else {
            dropped += 1
            return false
        }
        rest = (line + [UInt8(ascii: "\n")])[...]
        flush()
        return true
    }

    /// Goes on with a line that was begun.
    package mutating func flush() {
        while !rest.isEmpty, !isBroken {
            do throws(SwerveError) {
                guard let count = try pipe.writeSome(rest, act: act) else { return }
                rest = rest.dropFirst(count)
            } catch {
                isBroken = true
                rest = []
            }
        }
    }
}
