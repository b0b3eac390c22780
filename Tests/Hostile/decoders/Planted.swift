import Inputs
import ModelFormats
import Scoring

/// Faults that are there on purpose: a run that does not find them finds nothing.
enum Planted {
    nonisolated(unsafe) private static let reader = Reader(
        InputSettings(limitBytes: 256, recordBytes: 256), [InputWant(.text)])

    static func run(_ target: Target, _ input: [UInt8]) {
        // Not the input that the run begins with.
        guard case .json(.malformed(let fault?)) = unsafe reader.read(input).reason,
            fault.kind == .escape
        else { return }
        switch target {
        case .plantedRead:
            let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: input.count)
            defer { unsafe copy.deallocate() }
            unsafe copy.initialize(repeating: 0, count: input.count)
            expect(unsafe copy[input.count] < 3, "the byte behind the end")
        case .plantedTrap: expect(input.reduce(0, +) > 0, "a sum of bytes")
        case .plantedAnswer: fail("the planted one")
        case .plantedSlow:
            let end = ProcessorTime.now + 2
            while ProcessorTime.now < end { continue }
        case .plantedHang: while unsafe reader.read(input).reason != nil { continue }
        default: break
        }
    }

    /// A bundle that is read and has a step more: no change of bytes alone makes one.
    static func runModel(_ input: [UInt8]) {
        guard let parsed = ModelTarget.parsed(input), let spec = parsed.featurizer else { return }
        if spec.transforms.count > 1 { fail("the planted one of a bundle") }
    }
}
