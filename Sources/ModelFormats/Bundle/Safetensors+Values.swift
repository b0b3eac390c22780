internal import Lifecycle

extension Safetensors {
    /// The tensor `name` as doubles; F32 is widened, which is exact.
    ///
    /// - Parameters:
    ///   - shape: what its shape must be; nil for a size that is not known yet.
    ///   - finite: whether NaN and infinities are refused.
    /// - Throws: `SwerveError.invalid` that names the tensor and the element.
    func doubles(
        _ name: String, shape: [Int?], finite: Bool = true
    ) throws(SwerveError) -> [Double] {
        let tensor = try tensor(name, shape: shape)
        let values: [Double]
        switch tensor.type {
        case .f64:
            values = elements(tensor) { (bits: UInt64) in
                Double(bitPattern: UInt64(littleEndian: bits))
            }
        case .f32:
            values = elements(tensor) { (bits: UInt32) in
                Double(Float(bitPattern: UInt32(littleEndian: bits)))
            }
        case .i64, .u8: throw wrong(name, "its type is \(tensor.type.rawValue), not F64")
        }
        if finite, let place = values.firstIndex(where: { !$0.isFinite }) {
            throw wrong(name, "its element \(place) is not a finite number")
        }
        return values
    }

    /// The tensor `name` as whole numbers from 0 to `most`.
    func counts(_ name: String, shape: [Int?], most: Int) throws(SwerveError) -> [Int] {
        let tensor = try tensor(name, shape: shape)
        guard tensor.type == .i64 else {
            throw wrong(name, "its type is \(tensor.type.rawValue), not I64")
        }
        let values = elements(tensor) { (bits: UInt64) in
            Int64(bitPattern: UInt64(littleEndian: bits))
        }
        if let place = values.firstIndex(where: { $0 < 0 || $0 > Int64(most) }) {
            throw wrong(name, "its element \(place) is \(values[place]), not from 0 to \(most)")
        }
        return values.map(Int.init)
    }

    /// Byte strings: one after the other in the tensor `blob`, cut where `offsets` says.
    ///
    /// - Parameter count: how many, where that is known.
    func strings(
        blob: String, offsets: String, count: Int? = nil
    ) throws(SwerveError) -> [ArraySlice<UInt8>] {
        let tensor = try tensor(blob, shape: [nil])
        guard tensor.type == .u8 else {
            throw wrong(blob, "its type is \(tensor.type.rawValue), not U8")
        }
        let length = tensor.range.count
        let places = try counts(offsets, shape: [count.map { $0 + 1 }], most: length)
        guard let first = places.first, first == 0, places.last == length else {
            throw wrong(offsets, "it does not run from 0 to the \(length) bytes of '\(blob)'")
        }
        var strings: [ArraySlice<UInt8>] = []
        strings.reserveCapacity(places.count - 1)
        for (position, (from, to)) in zip(places, places.dropFirst()).enumerated() {
            guard from <= to else { throw wrong(offsets, "its element \(position + 1) goes back") }
            let start = tensor.range.lowerBound
            strings.append(file.bytes[start + from..<start + to])
        }
        return strings
    }

    /// The shape of a tensor.
    func shape(_ name: String) throws(SwerveError) -> [Int] {
        guard let tensor = tensors[name] else { throw wrong(name, "there is none") }
        return tensor.shape
    }

    func wrong(_ name: String, _ what: String) -> SwerveError {
        SwerveError(.invalid, act: act, reason: "\(Self.words(name)): \(what)")
    }

    private func tensor(_ name: String, shape: [Int?]) throws(SwerveError) -> Tensor {
        guard let tensor = tensors[name] else { throw wrong(name, "there is none") }
        guard tensor.shape.count == shape.count,
            zip(tensor.shape, shape).allSatisfy({ $1 == nil || $0 == $1 })
        else {
            let wanted = shape.map { $0.map(String.init) ?? "any" }.joined(separator: ", ")
            throw wrong(name, "its shape is \(tensor.shape), not [\(wanted)]")
        }
        return tensor
    }

    /// Every element of a tensor whose type has the size of `Bits`.
    private func elements<Bits: FixedWidthInteger & BitwiseCopyable, Value>(
        _ tensor: Tensor, _ value: (Bits) -> Value
    ) -> [Value] {
        unsafe file.bytes.withUnsafeBytes { raw in
            stride(
                from: tensor.range.lowerBound, to: tensor.range.upperBound,
                by: MemoryLayout<Bits>.size
            ).map { place in
                // The table's check is why every place is inside; nothing aligns tensors.
                unsafe value(raw.loadUnaligned(fromByteOffset: place, as: Bits.self))
            }
        }
    }
}
