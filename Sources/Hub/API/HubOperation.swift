import Lifecycle
import Operations
import Registry
import Web

/// One thing that the API does: what it is called, what it takes, who may, and what it answers.
///
/// Routes and the OpenAPI document are made of these, so neither knows one that the other does not.
struct HubOperation: Sendable {
    /// What somebody asks, with what names it.
    struct Call {
        /// Path, query and body in one.
        var fields: [String: JSONValue]
        /// What this subject may, and nothing else.
        let backend: any Backend
        let subject: HubSubject
    }

    /// What somebody asks of an operation that reads the request itself, or answers no document.
    struct RawCall {
        let request: HTTPRequest
        let backend: any Backend
        let subject: HubSubject
        /// For what is about the file itself, which no backend does: who asks is held by whoever
        /// uses it.
        let registry: Registry
        let uploads: UploadRoom
        /// Does what is asked once, however often the same is asked under one key.
        let once:
            (Digest?, () throws(SwerveError) -> HTTPResponse) throws(SwerveError)
                -> HTTPResponse
    }

    /// An operation's own way with request and response.
    struct Raw: Sendable {
        /// The media type of the body, and what its parts are; nil where it takes none.
        var body: (type: String, schema: JSONValue)?
        /// The most bytes of a body.
        var bodyBytes = 0
        /// Statuses beside 200 that are no problems, and what they mean.
        var statuses: [Int: String] = [:]
        /// Header fields that it reads.
        var headers: [(name: String, meaning: String)] = []
        /// Of what it answers.
        let answerType: String
        let run: @Sendable (RawCall) throws(SwerveError) -> HTTPResponse
    }

    struct Answer {
        let document: JSONValue
        /// The epoch that the answer shows, for `ETag`; nil where it shows none.
        var epoch: Int64?
    }

    /// A field of the query or of the body.
    struct Field: Sendable {
        enum Kind: String, Sendable {
            case string, integer, number, boolean, object, array
            /// A number, or a name.
            case version
        }

        let name: String
        let kind: Kind
        var isRequired = false
        /// Of a number that has bounds: others are refused by whoever reads it.
        let range: ClosedRange<Int>?
        let meaning: String

        init(
            _ name: String, _ kind: Kind, isRequired: Bool = false,
            in range: ClosedRange<Int>? = nil, _ meaning: String
        ) {
            self.name = name
            self.kind = kind
            self.isRequired = isRequired
            self.range = range
            self.meaning = meaning
        }
    }

    /// What it needs of the one who asks.
    typealias Right = HubRole
    /// Makes a request's fields of those of a call.
    typealias Shape = @Sendable (inout [String: JSONValue]) throws(SwerveError) -> Void
    /// Tells the schema of what is answered.
    typealias Form = @Sendable (inout JSONTypeSchema) throws(SwerveError) -> JSONValue

    let name: String
    let method: String
    let path: String
    let summary: String
    let right: Right
    var query: [Field] = []
    var body: [Field] = []
    /// Whether it may take longer than a moment.
    var isLong = false
    /// Whether a person's key may sign what it announces: it takes `signing`.
    var isSigned = false
    /// Whether it changes something; what it did is kept under its `Idempotency-Key`.
    var isChange = false
    /// Whether it changes nothing, and needs room on the disk all the same.
    var isWriting = false
    /// Whether its answer has what is told once: then the answer is not kept under the key.
    var tellsSecret = false
    /// How long its answer is given to whoever asks the same, milliseconds, while the audit chain
    /// stands where it stood (see `KeptAnswers`); nil for not at all.
    var keptMs: Int64?
    /// Whether what it answers is of the fleet as well: then a kept one holds until newer things
    /// were heard.
    var isOfFleet = false
    /// The list that comes in pages; nil where none does.
    var paging: HubPaging?
    var raw: Raw?
    /// Of what it answers where that is a document; of a list without what pages add to it.
    var form: Form = { _ in ["type": "object"] }
    let run: @Sendable (Call) throws(SwerveError) -> Answer

    var takesBody: Bool { !body.isEmpty }

    func tellingSecret() -> HubOperation {
        var operation = self
        operation.tellsSecret = true
        return operation
    }

    func kept(ms: Int64, isOfFleet: Bool = false) -> HubOperation {
        var operation = self
        operation.keptMs = ms
        operation.isOfFleet = isOfFleet
        return operation
    }

    /// Names in the path, in its order.
    var parameters: [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }
            .map { String($0.dropFirst().dropLast()) }
    }
}

extension HubOperation {
    static func form<Result: Decodable & Sendable>(of type: Result.Type) -> Form {
        { schemas throws(SwerveError) in try schemas.schema(of: type) }
    }

    /// Statuses of the problems that it can answer with.
    var problems: [Int] {
        var statuses = HubProblem.statusesOfAll
        let names = Set((query + body).map(\.name))
        let isOnSomething =
            !parameters.isEmpty
            || !names.isDisjoint(with: ["model", "version", "before", "after", "webhook"])
        if isOnSomething { statuses.append(404) }
        if isOnSomething || isChange || names.contains("believed") { statuses.append(409) }
        if names.contains("expected_epoch") { statuses.append(412) }
        if isLong { statuses.append(504) }
        // No room is left for what is written.
        if isChange || isWriting { statuses.append(507) }
        return statuses.sorted()
    }

    /// One that is a request of the backend's.
    ///
    /// - Parameters:
    ///   - isTermed: whether it is a change on terms (`HubTerms`).
    ///   - shape: makes the request's fields of those of the call.
    ///   - epoch: which epoch the result shows.
    init<Request: Decodable & Sendable, Result: Codable & Sendable>(
        _ name: String, _ method: String, _ path: String, _ right: Right, _ summary: String,
        query: [Field] = [], body: [Field] = [], isLong: Bool = false, isSigned: Bool = false,
        isTermed: Bool = false, isChange: Bool? = nil, paging: HubPaging? = nil,
        shape: @escaping Shape = { _ in },
        epoch: @escaping @Sendable (Result) -> Int64? = { _ in nil },
        _ call: @escaping @Sendable (any Backend, Request) throws(SwerveError) -> Result
    ) {
        self.init(
            name: name, method: method, path: path, summary: summary, right: right,
            query: query + (paging == nil ? [] : HubPaging.fields),
            body: body + (isTermed ? HubTerms.fields : []) + (isSigned ? [HubSigning.field] : []),
            isLong: isLong, isSigned: isSigned,
            isChange: isChange ?? (method != "GET"), paging: paging,
            form: Self.form(of: Result.self)
        ) { asked throws(SwerveError) in
            var fields = asked.fields
            let page = try paging?.page(of: &fields)
            try shape(&fields)
            if isTermed { HubTerms.gather(&fields) }
            let request: Request
            let act = "reading the request '\(name)'"
            do throws(SwerveError) {
                request = try JSONValueDecoder.decode(
                    Request.self, from: .object(fields), act: act)
            } catch {
                throw isTermed ? HubTerms.asGiven(error, reading: act) : error
            }
            let result = try call(asked.backend, request)
            let document = try JSONValueEncoder.encode(result)
            return Answer(
                document: try page?.cut(document) ?? document, epoch: epoch(result))
        }
    }
}
