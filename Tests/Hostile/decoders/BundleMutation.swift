import Lifecycle

/// A safetensors file taken apart, changed, and put together so that its frame is right again.
///
/// Bytes changed blindly seldom get beyond the table of the tensors.
struct BundleMutation {
    private struct Tensor {
        var type: String
        var shape: [Int]
        var bytes: [UInt8]
    }

    private var manifest: JSONValue
    private var tensors: [String: Tensor]

    /// Parts of bundles seen before, with the tensors that they name.
    nonisolated(unsafe) private static var donors: [(part: JSONValue, tensors: [String: Tensor])] =
        []
    private static let donorsMost = 512

    static func mutated(_ input: [UInt8], _ dice: inout Dice) -> [UInt8]? {
        guard var bundle = BundleMutation(input) else { return nil }
        bundle.remember(&dice)
        switch dice.roll(8) {
        case 0..<4: bundle.manifest = JSONMutation.mutated(bundle.manifest, &dice)
        case 4: bundle.graft(&dice)
        case 5:
            // The table itself, wrong as it may be.
            return framed(JSONMutation.mutated(bundle.header, &dice), bundle.data)
        default: bundle.changeTensor(&dice)
        }
        return framed(bundle.header, bundle.data)
    }

    private init?(_ input: [UInt8]) {
        guard input.count > 8 else { return nil }
        let length = input[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(input.count - 8) else { return nil }
        let start = 8 + Int(length)
        guard let header = JSONMutation.read(Array(input[8..<start]))?.object,
            let text = header["__metadata__"]?["swerve"]?.string,
            let manifest = JSONMutation.read(Array(text.utf8))
        else { return nil }
        self.manifest = manifest
        tensors = [:]
        for (name, json) in header where name != "__metadata__" {
            guard let type = json["dtype"]?.string, let places = json["data_offsets"]?.array,
                places.count == 2, let from = places[0].int, let to = places[1].int, from >= 0,
                from <= to, to <= input.count - start
            else { continue }
            tensors[name] = Tensor(
                type: type, shape: (json["shape"]?.array ?? []).compactMap(\.int),
                bytes: Array(input[start + from..<start + to]))
        }
    }

    private var header: JSONValue {
        var fields: [String: JSONValue] = ["__metadata__": ["swerve": .string(manifest.text)]]
        var place = 0
        for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
            let end = place + tensor.bytes.count
            fields[name] = [
                "dtype": .string(tensor.type),
                "shape": .array(tensor.shape.map { .int(Int64($0)) }),
                "data_offsets": [.int(Int64(place)), .int(Int64(end))],
            ]
            place = end
        }
        return .object(fields)
    }

    private var data: [UInt8] { tensors.sorted { $0.key < $1.key }.flatMap(\.value.bytes) }

    private static func framed(_ header: JSONValue, _ data: [UInt8]) -> [UInt8] {
        let header = header.bytes
        let length = UInt64(header.count)
        return (0..<8).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) } + header + data
    }

    // MARK: - Parts of other bundles

    private func remember(_ dice: inout Dice) {
        let parts = parts(manifest)
        guard !parts.isEmpty else { return }
        let part = dice.pick(parts)
        var names: [JSONValue] = []
        JSONMutation.collect(part, into: &names)
        let named = Set(names.compactMap(\.string))
        let donor = (part, tensors.filter { named.contains($0.key) })
        if unsafe Self.donors.count < Self.donorsMost {
            unsafe Self.donors.append(donor)
        } else {
            unsafe Self.donors[dice.roll(Self.donorsMost)] = donor
        }
    }

    private func parts(_ json: JSONValue) -> [JSONValue] {
        var values: [JSONValue] = []
        JSONMutation.collect(json, into: &values)
        return values.filter { $0.object != nil }
    }

    private mutating func graft(_ dice: inout Dice) {
        guard unsafe !Self.donors.isEmpty else { return }
        let donor = unsafe dice.pick(Self.donors)
        manifest = JSONMutation.mutated(
            manifest, &dice, donors: [JSONValue](repeating: donor.part, count: 100))
        let isNew = dice.roll(2) == 0
        tensors.merge(donor.tensors) { isNew ? $1 : $0 }
    }

    // MARK: - Tensors

    private mutating func changeTensor(_ dice: inout Dice) {
        guard !tensors.isEmpty else { return }
        let name = dice.pick(tensors.keys.sorted())
        guard var tensor = tensors[name] else { return }
        let width = ["U8": 1, "F32": 4][tensor.type] ?? 8
        switch dice.roll(7) {
        case 0: tensor.bytes = kept(tensor.bytes)
        case 1 where !tensor.shape.isEmpty:
            guard tensor.shape.allSatisfy({ (0...4_096).contains($0) }),
                tensor.shape.count <= 3
            else { return }
            let side = dice.roll(tensor.shape.count)
            let size = dice.pick([0, 1, 2, tensor.shape[side] + 1, tensor.shape[side] * 2])
            let rest = tensor.shape.enumerated().reduce(width) {
                $0 * ($1.offset == side ? 1 : $1.element)
            }
            guard size * rest <= 8_192, size >= 0, rest > 0 else { return }
            tensor.shape[side] = size
            let old = tensor.bytes
            tensor.bytes = (0..<size * rest).map { old.isEmpty ? 0 : old[$0 % old.count] }
        case 2: tensor.shape = [tensor.bytes.count / width]
        case 3: tensor.shape.reverse()
        case 4: tensors[name] = tensors[dice.pick(tensors.keys.sorted())]
        default:
            guard tensor.bytes.count >= width else { return }
            let place = dice.roll(tensor.bytes.count / width) * width
            let bits = width == 8 ? dice.pick(Self.bits(tensor.type)) : UInt64(dice.roll(1 << 30))
            for byte in 0..<width {
                tensor.bytes[place + byte] = UInt8(truncatingIfNeeded: bits >> (8 * byte))
            }
        }
        if tensor.shape != tensors[name]?.shape || tensor.bytes != tensors[name]?.bytes {
            tensors[name] = tensor
        }
    }

    private func kept(_ bytes: [UInt8]) -> [UInt8] {
        let changed = Mutation.bytes(bytes, most: bytes.count)
        return changed + [UInt8](repeating: 0, count: bytes.count - changed.count)
    }

    private static func bits(_ type: String) -> [UInt64] {
        type == "I64"
            ? [0, 1, 2, 3, 5, 100, 1 << 24, 1 << 31, 1 << 62, .max, 1 << 63]
            : [0, 1, -1, 0.5, 1e308, -1e308, .leastNonzeroMagnitude, .infinity, .nan, 1e-9, 1e9, 3]
                .map(
                    \.bitPattern)
    }
}
