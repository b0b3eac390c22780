internal import Glibc

/// Where a field stands in a line, in bytes.
struct LogSpan {
    var start: Int
    var end: Int
}

extension LogPlan {
    /// Goes through a line up to the step `last`, without going back.
    ///
    /// Its time is linear in the line, whatever is in it. Allocates nothing.
    ///
    /// - Parameters:
    ///   - count: of the line's bytes.
    ///   - spans: room for as many as the plan has steps; those reached are written.
    /// - Returns: how many steps were reached; a line that stops in the middle of a field gives
    ///   what there is of it. Nil where it stops before the request, or is not of the format.
    func walk(
        _ line: UnsafePointer<UInt8>, _ count: Int, through last: Int,
        into spans: UnsafeMutablePointer<LogSpan>
    ) -> Int? {
        var at = 0
        if headCount > 0 {
            at = unsafe find(0, headCount, line, 0, count)
            guard at >= 0 else { return nil }
            at += headCount
        }
        for index in 0...last {
            let step = unsafe steps[index]
            let end = unsafe end(of: step, line, at, count)
            guard end >= 0 else {
                guard index >= firstPart else { return nil }
                let rest = unsafe step.isQuoted ? unquoted(line, at, count) : count
                unsafe spans[index] = LogSpan(start: at, end: rest)
                return index + 1
            }
            unsafe spans[index] = LogSpan(start: at, end: end)
            at = end + step.literalCount
        }
        return last + 1
    }

    /// Where a field ends that begins at `at`; -1 where the line ends before it does.
    @inline(__always)
    private func end(
        of step: LogStep, _ line: UnsafePointer<UInt8>, _ at: Int, _ count: Int
    ) -> Int {
        switch step.end {
        case .line: return count
        case .space:
            let space = unsafe find(0x20, line, at, count)
            return space < 0 ? count : space
        case .literal where !step.isQuoted:
            return unsafe find(step.literalStart, step.literalCount, line, at, count)
        case .literal, .beforeStatus, .list: return unsafe passing(step, line, at, count)
        }
    }

    /// The same where places are passed over.
    private func passing(
        _ step: LogStep, _ line: UnsafePointer<UInt8>, _ start: Int, _ count: Int
    ) -> Int {
        var at = start
        search: while at < count {
            let found = unsafe find(step.literalStart, step.literalCount, line, at, count)
            guard found >= 0 else { return -1 }
            if step.isQuoted {
                // A backslash takes the next byte with it.
                while true {
                    let backslash = unsafe find(0x5C, line, at, found + 1)
                    guard backslash >= 0 else { break }
                    at = backslash + 2
                    if at > found { continue search }
                }
            }
            if unsafe fits(step, line, found, count) { return found }
            at = found + 1
        }
        return -1
    }

    private func fits(
        _ step: LogStep, _ line: UnsafePointer<UInt8>, _ at: Int, _ count: Int
    ) -> Bool {
        switch step.end {
        case .beforeStatus:
            let behind = at + step.literalCount
            guard behind < count else { return false }
            let byte = unsafe line[behind]
            return (0x30...0x39).contains(byte) || byte == 0x2D
        case .list:
            // `0.1, 0.2 : 0.3`
            if at >= 1, unsafe line[at - 1] == 0x2C { return false }
            if at >= 2, unsafe line[at - 2] == 0x20 && line[at - 1] == 0x3A { return false }
            return
                unsafe !(at + 2 < count && line[at] == 0x20 && line[at + 1] == 0x3A
                && line[at + 2] == 0x20)
        case .literal, .space, .line: return true
        }
    }

    /// The end of a field that is cut off, less one quotation mark that no backslash takes along.
    private func unquoted(_ line: UnsafePointer<UInt8>, _ start: Int, _ count: Int) -> Int {
        guard count > start, unsafe line[count - 1] == 0x22 else { return count }
        var backslashes = 0
        while count - 2 - backslashes >= start,
            unsafe line[count - 2 - backslashes] == 0x5C
        {
            backslashes += 1
        }
        return backslashes % 2 == 0 ? count - 1 : count
    }

    /// The first place from `at` on where a literal stands whole, or -1.
    @inline(__always)
    private func find(
        _ literal: Int, _ length: Int, _ line: UnsafePointer<UInt8>, _ at: Int, _ count: Int
    ) -> Int {
        let first = unsafe literals[literal]
        var from = at
        while from < count {
            let found = unsafe find(first, line, from, count)
            guard found >= 0, found + length <= count else { return -1 }
            var same = 1
            while same < length, unsafe line[found + same] == literals[literal + same] { same += 1 }
            if same == length { return found }
            from = found + 1
        }
        return -1
    }

    @inline(__always)
    private func find(
        _ byte: UInt8, _ line: UnsafePointer<UInt8>, _ from: Int, _ count: Int
    ) -> Int {
        var from = from
        // Most fields are short: for them a call costs more than the search.
        for _ in 0..<Self.wordsFirst where count - from >= 8 {
            let place = unsafe Self.place(of: byte, in: line + from)
            if place < 8 { return from + place }
            from += 8
        }
        guard from < count,
            let found = unsafe memchr(line + from, Int32(byte), count - from)
        else { return -1 }
        return unsafe UnsafeRawPointer(found) - UnsafeRawPointer(line)
    }

    private static var wordsFirst: Int { 2 }

    /// Where a byte stands among 8; 8 where it does not.
    @inline(__always)
    private static func place(of byte: UInt8, in bytes: UnsafePointer<UInt8>) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let word = unsafe UnsafeRawPointer(bytes).loadUnaligned(as: UInt64.self)
        let other = UInt64(littleEndian: word) ^ (ones &* UInt64(byte))
        // The lowest bit that is set here is the high bit of the first such byte.
        return ((other &- ones) & ~other & (ones << 7)).trailingZeroBitCount >> 3
    }
}
