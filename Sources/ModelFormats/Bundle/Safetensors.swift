internal import Lifecycle

/// A safetensors file, its table checked: which tensors there are, and where their bytes stand.
///
/// Eight bytes with the header's length, little-endian; the header, a JSON object of tensors by
/// name and `__metadata__`; the tensors' bytes, without overlaps and without gaps.
struct Safetensors {
    /// The types that a bundle uses.
    enum ElementType: String {
        case f64 = "F64"
        case f32 = "F32"
        case i64 = "I64"
        case u8 = "U8"

        var byteCount: Int {
            switch self {
            case .f64, .i64: 8
            case .f32: 4
            case .u8: 1
            }
        }
    }

    struct Tensor {
        let type: ElementType
        let shape: [Int]
        /// Where its bytes stand in the file.
        let range: Range<Int>
    }

    let file: NamedBytes
    let act: String
    let tensors: [String: Tensor]

    private static let headerBounds = JSONBounds(
        bytes: Limits.bundleHeaderBytes, depth: 3, values: 16 * Limits.bundleTensors)
    /// What other programs keep beside their tensors lies here, and a bundle's manifest.
    static let metadataKey = "__metadata__"

    /// Reads the table of the tensors; the file's metadata is passed to `metadata` before any
    /// tensor is looked at, so that a file of another kind is told as what it is.
    ///
    /// - Throws: `SwerveError.invalid` that names the tensor, `.tooLarge` above a limit.
    init(
        parsing file: NamedBytes, act: String,
        metadata: ([String: JSONValue]) throws(SwerveError) -> Void
    ) throws(SwerveError) {
        let header = try Self.header(file, act)
        guard
            case .object(var fields) = try JSONValue(
                parsing: file.bytes, header, Self.headerBounds, place: "the header", act: act)
        else { throw SwerveError(.invalid, act: act, reason: "the header is not an object") }
        try metadata(fields.removeValue(forKey: Self.metadataKey)?.object ?? [:])
        guard fields.count <= Limits.bundleTensors else {
            throw SwerveError(
                .tooLarge, act: act,
                reason: "\(fields.count) tensors, the limit is \(Limits.bundleTensors)")
        }
        var tensors: [String: Tensor] = [:]
        for (name, json) in fields {
            tensors[name] = try Self.tensor(
                json, data: header.upperBound..<file.bytes.count, place: Self.words(name), act)
        }
        self.file = file
        self.act = act
        self.tensors = tensors
        try checkLayout(from: header.upperBound)
    }

    /// Of a shape: a bundle needs two, and errors tell them all.
    private static let sidesMost = 8

    /// How errors call a tensor.
    static func words(_ name: String) -> String { "tensor '\(name.shortened(to: 60))'" }

    private static func header(_ file: NamedBytes, _ act: String) throws(SwerveError) -> Range<Int>
    {
        guard file.bytes.count <= Limits.modelFileBytes else {
            throw SwerveError(
                .tooLarge, act: act,
                reason: "\(file.bytes.count) bytes, the limit is \(Limits.modelFileBytes)")
        }
        guard file.bytes.count >= 8 else {
            throw SwerveError(
                .invalid, act: act,
                reason: "\(file.bytes.count) bytes, fewer than the 8 of the "
                    + "header's length", remedy: "the file is cut off")
        }
        let length = file.bytes[0..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let left = file.bytes.count - 8
        guard length <= UInt64(left) else {
            throw SwerveError(
                .invalid, act: act,
                reason: "a header of \(length) bytes is announced, and \(left) bytes follow",
                remedy: "the file is cut off, or not safetensors")
        }
        guard length <= UInt64(Limits.bundleHeaderBytes) else {
            throw SwerveError(
                .tooLarge, act: act,
                reason: "a header of \(length) bytes, the limit is \(Limits.bundleHeaderBytes)")
        }
        return 8..<8 + Int(length)
    }

    private static func tensor(
        _ json: JSONValue, data: Range<Int>, place: String, _ act: String
    ) throws(SwerveError) -> Tensor {
        func wrong(_ reason: String) -> SwerveError {
            SwerveError(.invalid, act: act, reason: "\(place): \(reason)")
        }
        guard let fields = json.object, fields.count == 3, let name = json["dtype"]?.string,
            let shape = json["shape"]?.array, let offsets = json["data_offsets"]?.array
        else { throw wrong("not {\"dtype\":…,\"shape\":[…],\"data_offsets\":[…]}") }
        guard let type = ElementType(rawValue: name) else {
            throw wrong("its type is \(name.shortened(to: 20)), not F64, F32, I64 or U8")
        }
        guard offsets.count == 2, case .int(let begin) = offsets[0], case .int(let end) = offsets[1]
        else { throw wrong("data_offsets are not two whole numbers") }
        guard begin >= 0, begin <= end, end <= Int64(data.count) else {
            throw wrong("its bytes \(begin)..<\(end) are not among the \(data.count) of the file")
        }
        guard shape.count <= sidesMost else {
            throw wrong("its shape has \(shape.count) sides, the limit is \(sidesMost)")
        }
        var sizes: [Int] = []
        var elements = 1
        for size in shape {
            guard case .int(let size) = size, size >= 0, let size = Int(exactly: size) else {
                throw wrong("its shape is not of whole numbers")
            }
            let (product, overflow) = elements.multipliedReportingOverflow(by: size)
            guard !overflow else { throw wrong("its shape is beyond all memory") }
            elements = product
            sizes.append(size)
        }
        let (length, overflow) = elements.multipliedReportingOverflow(by: type.byteCount)
        guard !overflow, length == end - begin else {
            throw wrong("its shape \(sizes) is not that of \(end - begin) bytes of \(name)")
        }
        let start = data.lowerBound + Int(begin)
        return Tensor(type: type, shape: sizes, range: start..<start + length)
    }

    /// Refuses bytes that belong to two tensors, or to none.
    private func checkLayout(from start: Int) throws(SwerveError) {
        var place = start
        let ordered = tensors.sorted {
            ($0.value.range.lowerBound, $0.value.range.upperBound, $0.key)
                < ($1.value.range.lowerBound, $1.value.range.upperBound, $1.key)
        }
        for (name, tensor) in ordered {
            guard tensor.range.lowerBound == place else {
                let what = tensor.range.lowerBound < place ? "overlaps another" : "a gap before it"
                throw SwerveError(.invalid, act: act, reason: "\(Self.words(name)): \(what)")
            }
            place = tensor.range.upperBound
        }
        guard place == file.bytes.count else {
            throw SwerveError(
                .invalid, act: act,
                reason: "\(file.bytes.count - place) bytes after the last tensor belong to none")
        }
    }
}
