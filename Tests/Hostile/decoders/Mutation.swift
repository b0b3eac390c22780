import Fuzzer
import Lifecycle

/// Random numbers from libFuzzer's seed: the same in every run.
struct Dice {
    private var state: UInt64

    init(_ seed: UInt32) { state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1 }

    /// - Returns: a number below `count`, which is above 0.
    mutating func roll(_ count: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(truncatingIfNeeded: state >> 33) % count
    }

    mutating func pick<Value>(_ values: [Value]) -> Value { values[roll(values.count)] }
}

/// What makes new inputs out of others.
enum Mutation {
    /// Bytes as libFuzzer itself changes them.
    static func bytes(_ bytes: [UInt8], most: Int) -> [UInt8] {
        let bytes = bytes.prefix(most)
        guard most > 0 else { return [] }
        return unsafe [UInt8](unsafeUninitializedCapacity: most) { memory, count in
            _ = unsafe memory.initialize(
                from: bytes + [UInt8](repeating: 0, count: most - bytes.count))
            count = unsafe LLVMFuzzerMutate(memory.baseAddress, bytes.count, most)
        }
    }

    /// The input with something of its form changed; nil where it has none, or is not to have any.
    static func structured(_ input: [UInt8], _ target: Target, _ dice: inout Dice) -> [UInt8]? {
        // Also what is below the form is to be hostile.
        guard dice.roll(6) > 0 else { return nil }
        switch target {
        case .bundle, .plantedModel: return BundleMutation.mutated(input, &dice)
        case .spec:
            guard let json = JSONMutation.read(input) else { return nil }
            return JSONMutation.mutated(json, &dice).bytes
        case .model: return ProtobufMutation.mutated(input, &dice)
        default: return nil
        }
    }
}

/// Called in place of libFuzzer's own ways to change an input.
@c(LLVMFuzzerCustomMutator)
public func mutate(
    _ data: UnsafeMutablePointer<UInt8>?, _ size: Int, _ most: Int, _ seed: CUnsignedInt
) -> Int {
    guard let data = unsafe data, let target = unsafe Target.chosen else { return 0 }
    var dice = Dice(seed)
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: size))
    guard var made = Mutation.structured(input, target, &dice), !made.isEmpty else {
        return unsafe LLVMFuzzerMutate(data, size, most)
    }
    // Several changes at once, now and then.
    while dice.roll(3) == 0, let next = Mutation.structured(made, target, &dice) { made = next }
    guard made.count <= most else { return unsafe LLVMFuzzerMutate(data, size, most) }
    unsafe data.update(from: made, count: made.count)
    return made.count
}
