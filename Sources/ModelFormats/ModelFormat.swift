package import Lifecycle

/// The model files that this version reads, and those it knows by sight.
package enum ModelFormat: String, Sendable, CaseIterable {
    case liblinear
    case libsvm
    case onnx
    case safetensors

    /// What a file is, by its content alone.
    ///
    /// - Throws: `SwerveError.invalid` for every other content, by its name where it has one.
    package static func recognize(_ file: NamedBytes) throws(SwerveError) -> ModelFormat {
        let bytes = file.bytes
        if bytes.starts(with: "solver_type ".utf8) { return .liblinear }
        if bytes.starts(with: "svm_type ".utf8) { return .libsvm }
        if isSafetensors(bytes) { return .safetensors }
        if isONNX(bytes) { return .onnx }
        func refused(_ reason: String, _ remedy: String) -> SwerveError {
            SwerveError(
                .invalid, act: "recognising model file \(file.name)", reason: reason,
                remedy: remedy)
        }
        let known =
            "this one reads LIBLINEAR, LIBSVM and ONNX model files, and safetensors bundles"
        if bytes.isEmpty { throw refused("the file is empty", known) }
        if isPickle(bytes) {
            throw refused(
                "this is a pickle, and pickles run code when they are read",
                "use the exporter: swerve-export IN.joblib OUT.safetensors")
        }
        if isZlib(bytes) {
            throw refused(
                "this is zlib data, as joblib writes pickles, and pickles run code",
                "use the exporter: swerve-export IN.joblib OUT.safetensors")
        }
        if bytes.starts(with: [0x1F, 0x8B]) {
            throw refused("this is gzip", "unpack it first")
        }
        if bytes.starts(with: Array("PK".utf8) + [3, 4]) {
            throw refused("this is a zip archive", known)
        }
        if isJSON(bytes) {
            throw refused("this is JSON, not a model", known)
        }
        throw refused(
            "the content is of no known format",
            "\(known); LIBLINEAR's begin with 'solver_type', LIBSVM's with 'svm_type'")
    }

    /// A PROTO opcode of the protocols 2 to 5.
    private static func isPickle(_ bytes: [UInt8]) -> Bool {
        bytes.count >= 2 && bytes[0] == 0x80 && (2...5).contains(bytes[1])
    }

    /// A zlib header: deflate, and the check that its 16 bits are a multiple of 31.
    private static func isZlib(_ bytes: [UInt8]) -> Bool {
        bytes.count >= 2 && bytes[0] == 0x78
            && (Int(bytes[0]) * 256 + Int(bytes[1])).isMultiple(of: 31)
    }

    /// Eight bytes of the header's length, and the begin of a JSON object.
    ///
    /// Whatever length they announce: the reader has the better words for a wrong one.
    private static func isSafetensors(_ bytes: [UInt8]) -> Bool {
        guard bytes.count > 9, bytes[8] == UInt8(ascii: "{") else { return false }
        let second = bytes[9]
        return [UInt8(ascii: "\""), UInt8(ascii: "}"), 0x20, 0x0A].contains(second)
    }

    /// A protocol buffer that begins with a small `ir_version`, and a field that may follow it:
    /// producer's name and version, domain, graph, opset imports.
    private static func isONNX(_ bytes: [UInt8]) -> Bool {
        bytes.count > 4 && bytes[0] == 0x08 && (1...32).contains(bytes[1])
            && [0x12, 0x1A, 0x22, 0x3A, 0x42].contains(bytes[2])
    }

    private static func isJSON(_ bytes: [UInt8]) -> Bool {
        let first = bytes.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        return first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
    }
}
