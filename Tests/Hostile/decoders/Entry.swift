// What libFuzzer calls. One executable for all targets; SWERVE_FUZZ_TARGET names the one to run.
import Foundation
import Inputs

/// One decoder under test, with what must hold of its answers.
enum Target: String, CaseIterable {
    case json = "decode-json"
    case log = "decode-log"
    case logFormat = "decode-log-format"
    case logNumber = "decode-log-number"
    case avro = "decode-avro"
    case text = "decode-text"
    case long = "decode-long"
    case bundle = "decode-bundle"
    case spec = "decode-spec"
    case model = "decode-model"
    case plantedRead = "planted-read"
    case plantedTrap = "planted-trap"
    case plantedAnswer = "planted-answer"
    case plantedHang = "planted-hang"
    case plantedModel = "planted-model"
    case plantedSlow = "planted-slow"

    /// Nil before `LLVMFuzzerInitialize`.
    nonisolated(unsafe) static var chosen: Target?

    func run(_ input: [UInt8]) {
        switch self {
        case .json: JSONTarget.run(input)
        case .log: LogTarget.run(input)
        case .logFormat: LogFormatTarget.run(input)
        case .logNumber: LogNumberTarget.run(input)
        case .avro: AvroTarget.run(input)
        case .text: TextTarget.run(input)
        case .long: LongTarget.run(input)
        case .bundle, .model: ProcessorTime.bound { ModelTarget.run(input) }
        case .spec: ProcessorTime.bound { SpecTarget.run(input) }
        case .plantedModel: Planted.runModel(input)
        case .plantedSlow: ProcessorTime.bound { Planted.run(self, input) }
        case .plantedRead, .plantedTrap, .plantedAnswer, .plantedHang: Planted.run(self, input)
        }
    }
}

/// Called once, before the first input.
@c(LLVMFuzzerInitialize)
public func initialize(
    _ count: UnsafeMutablePointer<CInt>?,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>?
) -> CInt {
    let environment = ProcessInfo.processInfo.environment
    guard let name = environment["SWERVE_FUZZ_TARGET"], let target = Target(rawValue: name) else {
        let names = Target.allCases.map(\.rawValue).joined(separator: ", ")
        FileHandle.standardError.write(Data("SWERVE_FUZZ_TARGET is none of: \(names)\n".utf8))
        exit(64)
    }
    unsafe Target.chosen = target
    if let vectors = environment["SWERVE_FUZZ_VECTORS"] {
        Seeds.write(of: target, from: vectors, to: environment["SWERVE_FUZZ_SEEDS"] ?? ".")
        exit(0)
    }
    return 0
}

/// Called with each input.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    unsafe Target.chosen?.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}

/// Says what is wrong, and stops as a sanitizer does: libFuzzer keeps the input.
func fail(_ what: String) -> Never {
    FileHandle.standardError.write(Data("hostile: wrong answer: \(what)\n".utf8))
    abort()
}

/// What an input may take: the machine may have more to do than this.
enum ProcessorTime {
    private static let most = 1.0

    static func bound(_ body: () -> Void) {
        let start = now
        body()
        expect(now - start < most, "an input takes more than \(most) s of processor time")
    }

    static var now: Double { Double(clock()) / Double(CLOCKS_PER_SEC) }
}

func expect(_ isTrue: Bool, _ what: @autoclosure () -> String) {
    if !isTrue { fail(what()) }
}
