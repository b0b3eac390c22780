package import Inputs
package import Lifecycle
package import Transfer

/// What an answer of a schema registry means; pure.
package enum RegistryReply: Sendable {
    case schema(SchemaText)
    /// What it has is no schema, for good; with the reason.
    case bad(String)
    /// The id of a schema that was looked up or registered.
    case identity(Int32)
    /// More bytes than a schema may have.
    case tooLarge
    /// The registry has it not, or not yet; with its words.
    case notThere(String)
    /// The registry does not take the schema; with its words.
    case rejected(String)
    /// It passes, once the credentials or the registry's rights are corrected.
    case credentials(String)
    /// It passes; after so many milliseconds, where the server says so.
    case fault(String, retryAfterMs: Int? = nil)

    /// The same with `place` before the words that people read.
    func from(_ place: String) -> RegistryReply {
        switch self {
        case .schema, .identity, .tooLarge: self
        case .bad(let words): .bad("\(place): \(words)")
        case .notThere(let words): .notThere("\(place): \(words)")
        case .rejected(let words): .rejected("\(place): \(words)")
        case .credentials(let words): .credentials("\(place): \(words)")
        case .fault(let words, let retryAfterMs):
            .fault("\(place): \(words)", retryAfterMs: retryAfterMs)
        }
    }

    package enum Wanted: Sendable { case schema, identity }

    package init(
        _ result: Result<(answer: WebAnswer, bytes: [UInt8]), SwerveError>, wanted: Wanted
    ) {
        switch result {
        case .success((let answer, let bytes)):
            self = answer.status == 200 ? Self.body(bytes, wanted) : Self.refusal(answer)
        case .failure(let error) where error.code == .tooLarge && !Self.isOfHead(error):
            self = .tooLarge
        case .failure(let error):
            self = .fault(
                error.remedy.isEmpty ? error.reason : "\(error.reason); \(error.remedy)")
        }
    }

    /// Header lines without end are no schema that is too large.
    private static func isOfHead(_ error: SwerveError) -> Bool {
        error.reason.hasPrefix("its header lines")
    }

    private static func body(_ bytes: [UInt8], _ wanted: Wanted) -> RegistryReply {
        let noRegistry = RegistryReply.fault(
            "it answers with 200 and no schema: that is no schema registry, or the path of its "
                + "url is wrong")
        switch wanted {
        case .schema:
            do throws(SchemaText.AnswerFault) {
                return .schema(try SchemaText(answer: bytes))
            } catch {
                guard case .bad(let bad) = error else { return noRegistry }
                return .bad(bad.words)
            }
        case .identity:
            guard
                let json = try? JSONValue(
                    parsing: bytes, act: "reading an answer", limit: SchemaText.answerBytesMax,
                    depth: answerDepth),
                let id = json["id"]?.int, id >= 1, let id = Int32(exactly: id)
            else { return noRegistry }
            return .identity(id)
        }
    }

    private static func refusal(_ answer: WebAnswer) -> RegistryReply {
        let json = try? JSONValue(
            parsing: answer.refusal, act: "reading a refusal", limit: Limits.refusalBytes,
            depth: answerDepth)
        let code = json?["error_code"]?.int
        let message = json?["message"]?.string.map { $0.shortened(to: 400).printable }
        let said = "it answers with \(answer.status)" + (message.map { ": \($0)" } ?? "")
        switch (answer.status, code) {
        case (404, 40_401), (404, 40_402), (404, 40_403): return .notThere(said)
        case (404, _):
            return .fault(
                "it answers with 404 and not as a schema registry does: correct schema_registry.url"
            )
        case (401, _): return .credentials("\(said); it wants other credentials")
        case (403, _): return .credentials("\(said); the credentials have no right to it")
        case (409, _), (422, 42_201): return .rejected(said)
        case (300...399, _):
            let place = answer.location.flatMap { try? WebAddress($0, act: "").shown } ?? ""
            return .fault(
                "it answers with \(answer.status) and sends elsewhere, which is not followed: name "
                    + "the registry itself in schema_registry.url"
                    + (place.isEmpty ? "" : ", perhaps \(place)"))
        case (408, _), (429, _), (500...599, _):
            let wait = answer.retryAfter.map {
                min($0, SchemaPauses.retryAfterSeconds) * 1_000
            }
            return .fault(said, retryAfterMs: wait)
        default: return .fault("\(said), which no schema registry does here")
        }
    }

    private static let answerDepth = 64
}
