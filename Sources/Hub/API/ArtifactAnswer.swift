import Lifecycle
import Platform
import Web

/// An artifact as a bundle, of which a part may be asked for.
///
/// The bytes of the artifact never change; signatures may be added, so they are part of the tag.
struct ArtifactAnswer: Sendable {
    private let pieces: [[UInt8]]
    private let length: Int64
    let tag: String

    /// - Throws: `.invalid` where manifest and files do not belong together.
    init(_ digest: Digest, _ artifact: Artifact) throws(SwerveError) {
        let act = "sending artifact \(digest.short)"
        guard ContentHash.sha256(artifact.manifestBytes) == digest else {
            throw SwerveError(
                .invalid, act: act, reason: "its manifest has another digest",
                remedy: "the registry was edited by hand or is damaged; restore a backup")
        }
        let signatures = ArtifactSignature.bytes(artifact.signatures)
        var pieces: [[UInt8]] = []
        func add(_ name: String, _ bytes: [UInt8]) {
            pieces.append(ArtifactBundle.header(name, bytes: bytes.count))
            pieces.append(bytes)
            pieces.append([UInt8](repeating: 0, count: ArtifactBundle.padding(bytes.count)))
        }
        add(ArtifactBundle.manifest, artifact.manifestBytes)
        add(ArtifactBundle.signatures, signatures)
        for file in try ArtifactManifest(parsing: artifact.manifestBytes).files {
            guard let bytes = artifact.files[file.name] else {
                throw SwerveError(.invalid, act: act, reason: "one of its files is missing")
            }
            add(file.role.rawValue, bytes)
        }
        pieces.append(ArtifactBundle.end)
        self.pieces = pieces
        length = pieces.reduce(0) { $0 + Int64($1.count) }
        tag = "\"\(digest.hex)-\(ContentHash.sha256(signatures).hex.prefix(12))\""
    }

    func response(to fields: HTTPFields) -> HTTPResponse {
        guard !Self.names(fields.all("if-none-match"), tag) else {
            return answered(304, .bytes([]))
        }
        guard let range = wanted(fields) else { return sent(200, 0..<length) }
        guard !range.isEmpty else {
            var response = HTTPResponse(status: 416, contentType: "text/plain", body: [])
            response.fields = [("Content-Range", "bytes */\(length)")]
            return response
        }
        var response = sent(206, range)
        response.fields.append(
            ("Content-Range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(length)"))
        return response
    }

    private func sent(_ status: Int, _ range: Range<Int64>) -> HTTPResponse {
        let count = range.upperBound - range.lowerBound
        return answered(
            status,
            .stream(length: count) { writer in
                var place: Int64 = 0
                for piece in pieces {
                    let part = (place..<place + Int64(piece.count)).clamped(to: range)
                    var next = part.lowerBound
                    while next < part.upperBound {
                        let end = min(part.upperBound, next + Self.chunkBytes)
                        try writer.write(Array(piece[Int(next - place)..<Int(end - place)]))
                        next = end
                    }
                    place += Int64(piece.count)
                }
            })
    }

    private func answered(
        _ status: Int, _ payload: HTTPResponse.Payload
    ) -> HTTPResponse {
        var response = HTTPResponse(
            status: status, contentType: "application/x-tar", payload: payload)
        response.fields = [
            ("ETag", tag), ("Accept-Ranges", "bytes"),
            ("Cache-Control", "private, max-age=31536000, immutable"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return response
    }

    /// The range that is asked for, and that is of these bytes; nil for all, empty for one that is
    /// not there.
    private func wanted(_ fields: HTTPFields) -> Range<Int64>? {
        let given = fields.all("range")
        guard given.count == 1, let text = given.first, text.hasPrefix("bytes="),
            !text.contains(",")
        else { return nil }
        let condition = fields.all("if-range")
        guard condition.isEmpty || condition == [tag] else { return nil }
        let ends = text.dropFirst("bytes=".count)
            .split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, ends.allSatisfy({ $0.allSatisfy { ("0"..."9").contains($0) } })
        else { return nil }
        // Numbers beyond all bounds are beyond the end.
        let (first, last) = (Self.number(ends[0]), Self.number(ends[1]))
        switch (first, last) {
        case (nil, nil): return nil
        case (nil, let count?): return count == 0 ? 0..<0 : max(0, length - count)..<length
        case (let first?, let last):
            guard first < length else { return 0..<0 }
            guard let last else { return first..<length }
            guard last >= first else { return nil }
            return first..<min(length, last.addingReportingOverflow(1).partialValue)
        }
    }

    private static func number(_ digits: Substring) -> Int64? {
        guard !digits.isEmpty else { return nil }
        return Int64(digits).map { min($0, .max - 1) } ?? .max - 1
    }

    private static func names(_ lists: [String], _ tag: String) -> Bool {
        lists.joined(separator: ",").split(separator: ",").contains { item in
            let item = item.drop { $0 == " " }
            return item == "*" || item == tag || item == "W/\(tag)"
        }
    }

    private static let chunkBytes: Int64 = 64 << 10
}
