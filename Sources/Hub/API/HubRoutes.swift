import Lifecycle
import Operations
import Platform
import Registry
import Web

/// Makes routes of the operations.
///
/// Each reads what was asked, holds it against the operation's fields, and says what came of it.
struct HubRoutes: Sendable {
    /// The backend for one request, which does what `subject` may, by its name; changes are signed
    /// by somebody where that is asked for.
    typealias Backends =
        @Sendable (HubSubject, HubSigning?) throws(SwerveError) -> any Backend

    let backends: Backends
    let access: HubAccess
    let keeper: HubKeeper
    /// How far the registry is.
    let standing: @Sendable () throws(SwerveError) -> RegistryStanding
    /// A number that is another with each thing that is heard of the fleet.
    let heard: @Sendable () -> Int64
    let kept = KeptAnswers()
    private let waiting = WaitingChanges(max: 12)
    let uploads: UploadRoom
    /// Called behind each change, which may have left something to be announced.
    let changed: @Sendable () -> Void

    func routes(_ operations: [HubOperation]) -> [HTTPRoute] {
        operations.map { operation in
            let bytes = operation.raw?.bodyBytes ?? (operation.takesBody ? Self.bodyBytes : 0)
            return HTTPRoute(
                operation.method, operation.path,
                Self.kind(of: operation, bodyBytes: bytes)
            ) { request in
                do throws(SwerveError) {
                    return try answer(request, operation)
                } catch {
                    let isConditional = request.fields["if-match"] != nil
                    return HubProblem(error, isConditional: isConditional).response
                }
            }
        }
    }

    /// A change has threads of its own: nobody's upload or download keeps it waiting.
    private static func kind(of operation: HubOperation, bodyBytes: Int) -> HTTPRoute.Kind {
        guard operation.isLong else { return .work(bodyBytes: bodyBytes) }
        let isChange = operation.isChange && operation.raw == nil
        return isChange ? .change(bodyBytes: bodyBytes) : .transfer(bodyBytes: bodyBytes)
    }

    private func answer(
        _ request: HTTPRequest, _ operation: HubOperation
    ) throws(SwerveError) -> HTTPResponse {
        let subject: HubSubject
        switch access.admit(request, to: operation) {
        case .refused(let problem): return problem.response
        case .admitted(let known): subject = known
        }
        let key = try Self.key(request, operation)
        let isConditional = request.fields["if-match"] != nil
        func once(
            _ digest: Digest?, _ run: () throws(SwerveError) -> HTTPResponse
        ) throws(SwerveError) -> HTTPResponse {
            defer { if operation.isChange { changed() } }
            let asked = Self.digest(of: request, operation, digest)
            return try keeper.once(
                key, of: subject, asked, isConditional: isConditional,
                tellsSecret: operation.tellsSecret, run)
        }
        if let raw = operation.raw {
            return try raw.run(
                .init(
                    request: request, backend: try backends(subject, nil), subject: subject,
                    registry: keeper.registry, uploads: uploads, once: once))
        }
        let (given, digest) = try Self.fields(request, operation)
        var fields = given
        if let epoch = try Self.condition(request, operation) {
            if let other = fields["expected_epoch"], other != .int(epoch) {
                throw SwerveError(
                    .usage, act: "reading If-Match",
                    reason: "expected_epoch of the body is \(other.text), and If-Match \(epoch)",
                    remedy: "give one of them")
            }
            fields["expected_epoch"] = .int(epoch)
        }
        let make = { () throws(SwerveError) -> HTTPResponse in
            let answer =
                fields["waiting"]?.object == nil
                ? try carriedOut(operation, fields, by: subject)
                : try waiting.one { () throws(SwerveError) in
                    try carriedOut(operation, fields, by: subject)
                }
            var response = Self.document(answer.document)
            if let epoch = answer.epoch { response.fields.append(("ETag", "\"\(epoch)\"")) }
            return response
        }
        guard let ageMs = operation.keptMs else { return try once(digest, make) }
        return try kept.answer(
            to: KeptAnswers.Question(operation, fields, by: subject), at: try standing(),
            heard: operation.isOfFleet ? heard() : 0,
            nowMs: Int64(clamping: MonotonicClock.now / 1_000_000), ageMs: ageMs, make)
    }

    private func carriedOut(
        _ operation: HubOperation, _ given: [String: JSONValue], by subject: HubSubject
    ) throws(SwerveError) -> HubOperation.Answer {
        var fields = given
        guard operation.isSigned, let terms = fields.removeValue(forKey: "signing") else {
            return try operation.run(
                .init(
                    fields: fields, backend: try backends(subject, nil), subject: subject))
        }
        let signing = try HubSigning(terms)
        func run(_ fields: [String: JSONValue]) throws(SwerveError) -> HubOperation.Answer {
            do throws(SwerveError) {
                let answer = try operation.run(
                    .init(
                        fields: fields, backend: try backends(subject, signing), subject: subject))
                guard let prepared = try signing.prepared else { return answer }
                return HubOperation.Answer(document: prepared)
            } catch {
                guard let prepared = try signing.prepared else { throw error }
                return HubOperation.Answer(document: prepared)
            }
        }
        let isToAnnounce = fields["announcing"] != nil || fields["waiting"] != nil
        guard signing.isToPrepare, isToAnnounce else { return try run(fields) }
        // What is only prepared needs neither brokers nor the fleet.
        var early = fields
        early["announcing"] = "later"
        early["waiting"] = nil
        let answer = try run(early)
        return try signing.prepared == nil ? run(fields) : answer
    }

    static func document(_ document: JSONValue) -> HTTPResponse {
        var response = HTTPResponse(contentType: "application/json", body: document.bytes)
        response.fields.append(("X-Content-Type-Options", "nosniff"))
        return response
    }

    /// The client's key for the request; nil where it gave none, and where nothing is changed.
    private static func key(
        _ request: HTTPRequest, _ operation: HubOperation
    ) throws(SwerveError) -> String? {
        let keys = request.fields.all("idempotency-key")
        guard operation.isChange, let key = keys.first else { return nil }
        guard keys.count == 1 else {
            throw SwerveError(
                .usage, act: "reading Idempotency-Key", reason: "it is there several times")
        }
        return key
    }

    /// Of all that makes the request another one.
    private static func digest(
        of request: HTTPRequest, _ operation: HubOperation, _ body: Digest?
    ) -> Digest {
        let condition = request.fields.all("if-match").joined(separator: ",")
        let parts = [
            request.method, request.path, request.query, condition, body?.description ?? "",
        ]
        return ContentHash.sha256(Array(parts.joined(separator: "\n").utf8))
    }

    /// Path, query and body in one; what is in none of the operation's fields is refused, since it
    /// would be passed over in silence.
    private static func fields(
        _ request: HTTPRequest, _ operation: HubOperation
    ) throws(SwerveError) -> (fields: [String: JSONValue], body: Digest?) {
        var fields: [String: JSONValue] = [:]
        var digest: Digest?
        if operation.takesBody {
            let bytes = try request.body.all(limit: bodyBytes)
            digest = ContentHash.sha256(bytes)
            if !bytes.isEmpty {
                guard let kind = request.fields["content-type"], isJSON(kind) else {
                    throw SwerveError(
                        .usage, act: "reading the body",
                        reason: "its Content-Type is not application/json")
                }
                let body = try JSONValue(parsing: bytes, act: "reading the body", limit: bodyBytes)
                guard let given = body.object else {
                    throw SwerveError(
                        .usage, act: "reading the body", reason: "it is not a JSON object")
                }
                try require(given.keys, among: operation.body, "the body")
                fields = given
            }
        }
        let query = try request.queryValues()
        try require(query.keys, among: operation.query, "the query")
        for field in operation.query {
            guard let text = query[field.name] else { continue }
            fields[field.name] = try value(text, of: field)
        }
        for field in operation.query + operation.body
        where field.isRequired && fields[field.name] == nil {
            throw SwerveError(
                .usage, act: "reading the request", reason: "\(field.name) is missing",
                remedy: "give it: \(field.meaning)")
        }
        for (name, value) in request.parameters { fields[name] = .string(value) }
        return (fields, digest)
    }

    private static func isJSON(_ contentType: String) -> Bool {
        let kind = contentType.prefix { $0 != ";" }.lowercased()
        return kind.split(separator: " ").first.map { $0 == "application/json" } ?? false
    }

    private static func require(
        _ names: some Sequence<String>, among fields: [HubOperation.Field], _ place: String
    ) throws(SwerveError) {
        guard
            let unknown = names.sorted().first(where: { name in
                !fields.contains { $0.name == name }
            })
        else { return }
        let known = fields.map(\.name).joined(separator: ", ")
        throw SwerveError(
            .usage, act: "reading \(place)",
            reason: "'\(unknown.shortened(to: 40))' means nothing here",
            remedy: fields.isEmpty ? "leave it away" : "there are: \(known)")
    }

    private static func value(
        _ text: String, of field: HubOperation.Field
    ) throws(SwerveError) -> JSONValue {
        switch field.kind {
        case .string, .object, .array: return .string(text)
        case .version: return Int64(text).map { .int($0) } ?? .string(text)
        case .integer: if let number = Int64(text) { return .int(number) }
        case .number: if let number = Double(text), number.isFinite { return .double(number) }
        case .boolean:
            if text == "true" || text.isEmpty { return true }
            if text == "false" { return false }
        }
        throw SwerveError(
            .usage, act: "reading the query",
            reason: "\(field.name)=\(text.shortened(to: 40)) is no \(field.kind.rawValue)")
    }

    /// The epoch that a change is to be made at.
    ///
    /// - Throws: `.usage` also where the operation takes no such condition, which would be passed
    ///   over.
    private static func condition(
        _ request: HTTPRequest, _ operation: HubOperation
    ) throws(SwerveError) -> Int64? {
        let given = request.fields.all("if-match")
        guard let text = given.first else { return nil }
        guard given.count == 1, operation.body.contains(where: { $0.name == "expected_epoch" })
        else {
            throw SwerveError(
                .usage, act: "reading If-Match",
                reason: "this operation is on no condition, or there are two",
                remedy: "leave it away")
        }
        guard text.hasPrefix("\""), text.hasSuffix("\""),
            let epoch = Int64(
                text.dropFirst().dropLast()), epoch >= 0
        else {
            throw SwerveError(
                .usage, act: "reading If-Match", reason: "it is no epoch in quotation marks",
                remedy: "give the ETag of the model or the deployment")
        }
        return epoch
    }

    private static let bodyBytes = 1 << 20
}
