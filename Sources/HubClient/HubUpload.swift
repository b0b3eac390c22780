import Catalogue
import FoundationEssentials
import Lifecycle
import ModelFormats
import Operations
import Platform

/// A registration as it is sent: `multipart/form-data`, with what is said of the version in the
/// part `request` (JSON), and each file in a part of its own.
struct HubUpload {
    private(set) var bytes: [UInt8] = []
    private let boundary = "swerve-" + ProcessIdentity.makeUUID()

    var contentType: String { "multipart/form-data; boundary=\(boundary)" }

    /// The digest of all that is sent (RFC 9530), which the hub holds what comes against.
    var digestLine: String {
        let digest = Data(ContentHash.sha256(bytes).bytes)
        return "Content-Digest: sha-256=:\(digest.base64EncodedString()):"
    }

    init(_ request: RegisterRequest) throws(SwerveError) {
        var said = request.registration
        let content = said.content
        // The files have parts of their own.
        said.content = .files(
            RegistrationFiles(
                model: NamedBytes(name: "", bytes: []), featurizer: nil, golden: nil))
        var fields = try JSONValueEncoder.encode(said).object ?? [:]
        fields["content"] = nil
        fields["model"] = nil
        fields["signature"] = request.signature.map { .string("\($0)") }
        fields["is_trial"] = .bool(request.isTrial)
        switch content {
        case .files(let files):
            try addFields(fields)
            try add("model", files.model)
            if let featurizer = files.featurizer { try add("featurizer", featurizer) }
            if let golden = files.golden { try add("golden", golden) }
        case .folder(let folder):
            fields["folder"] = [
                "path": .string(folder.path),
                "left_out": .array(folder.leftOut.map { .string($0) }),
            ]
            try addFields(fields)
            try add("manifest", folder.manifest)
            if let metadata = folder.metadata { try add("metadata", metadata) }
            for file in folder.files { try add("file", file) }
        }
        put("--\(boundary)--\r\n")
    }

    private mutating func addFields(_ fields: [String: JSONValue]) throws(SwerveError) {
        put("--\(boundary)\r\nContent-Disposition: form-data; name=\"request\"\r\n")
        put("Content-Type: application/json\r\n\r\n")
        bytes += JSONValue.object(fields).bytes
        put("\r\n")
    }

    private mutating func add(_ part: String, _ file: NamedBytes) throws(SwerveError) {
        guard file.name.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C && $0 != 0x7F })
        else {
            throw SwerveError(
                .usage, act: "sending '\(file.name.shortened(to: 80))'",
                reason: "a quotation mark, a '\\' or a control character is in its name",
                remedy: "rename it")
        }
        put("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(part)\"; ")
        put("filename=\"\(file.name)\"\r\nContent-Type: application/octet-stream\r\n\r\n")
        bytes += file.bytes
        put("\r\n")
    }

    private mutating func put(_ text: String) { bytes += text.utf8 }

    /// The slowest network that a time is allowed for: a megabyte in ten seconds.
    static let bytesPerMs = 100
}
