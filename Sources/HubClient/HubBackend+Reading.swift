import Catalogue
package import Lifecycle
package import Operations
import Registry
import Transfer

/// What only looks.
extension HubBackend {
    package func models(_ request: ModelsRequest) throws(SwerveError) -> ModelsResult {
        try pages(HubCall("GET", "/v1/models"), request, of: "models")
    }

    package func model(_ request: ModelRequest) throws(SwerveError) -> ModelResult {
        let call = HubCall("GET", "/v1/models/{model}", shape: Self.ofPages)
        let after = request.after.map { JSONValue.string("\($0)") }
        guard request.before != nil else {
            return try pages(call, request, of: "versions", after, limit: request.limit)
        }
        // The newest below a number come in one page, and the older ones below its first.
        var (whole, versions): (JSONValue?, [[JSONValue]]) = (nil, [])
        var left = max(0, request.limit ?? .max)
        var upper = request.before
        repeat {
            let count = min(max(1, left), Self.pageItems)
            let page = try page(
                call, ModelRequest(model: request.model, before: upper), count, after)
            whole = whole ?? page
            let items = page["versions"]?.array ?? []
            versions.append(Array(items.suffix(left)))
            left -= min(left, items.count)
            let first = items.first?["reference"]?.string.flatMap { try? VersionReference($0) }
            upper = items.count == count ? first?.version : nil
        } while left > 0 && upper != nil
        var fields = whole?.object ?? [:]
        fields["versions"] = .array(versions.reversed().flatMap { $0 })
        return try decode(ModelResult.self, .object(fields))
    }

    package func version(_ request: VersionRequest) throws(SwerveError) -> VersionResult {
        try ask(
            HubCall("GET", "/v1/models/{model}/versions/{version}", shape: HubCall.split), request)
    }

    package func artifact(_ request: ArtifactRequest) throws(SwerveError) -> ArtifactResult {
        let version: JSONValue = try ask(
            HubCall("GET", "/v1/models/{model}/versions/{version}", shape: HubCall.split), request)
        let found = try decode(VersionResult.self, version).version
        let artifact = try HubArtifacts.artifact(found.digest, over: link)
        return ArtifactResult(version: found, artifact: artifact)
    }

    package func bundle(_ request: BundleRequest) throws(SwerveError) -> BundleResult {
        BundleResult(
            models: [], artifact: try HubArtifacts.artifact(request.digest, over: link))
    }

    package func diff(_ request: DiffRequest) throws(SwerveError) -> DiffResult {
        try ask(HubCall("GET", "/v1/diff"), request)
    }

    package func verify(_ request: VerifyRequest) throws(SwerveError) -> VerifyResult {
        let call = HubCall("GET", "/v1/verification") { fields in
            let after = fields["after"]
            fields = (fields["scope"]?.object ?? [:]).filter { $0.key != "all" }
            fields["cursor"] = after
            fields["limit"] = .int(Self.checksAtOnce)
        }
        var (checks, counts) = ([RegistryVerifier.Check](), RegistryVerifier.Counts())
        var after: VersionReference?
        repeat {
            let what = after.map { "what is behind \($0)" } ?? "the first of it"
            hear(.checking("\(what), by the hub \(link.address.base.shown)"))
            let part: VerifyResult = try ask(
                call, VerifyRequest(scope: request.scope, after: after), timeoutMs: Self.longMs)
            for check in part.checks { hear(.checked(check)) }
            checks += part.checks
            counts.add(part.counts)
            guard part.next != after || after == nil else { break }
            after = part.next
        } while after != nil
        return VerifyResult(checks: checks, counts: counts)
    }

    package func search(_ request: SearchRequest) throws(SwerveError) -> SearchResult {
        try pages(
            HubCall("GET", "/v1/search", shape: Self.ofPages), request, of: "versions",
            request.after.map { .string("\($0)") }, limit: request.limit)
    }

    package func aliases(_ request: AliasesRequest) throws(SwerveError) -> AliasesResult {
        try ask(HubCall("GET", "/v1/models/{model}/aliases"), request)
    }

    package func score(_ request: ScoreRequest) throws(SwerveError) -> ScoreResult {
        try ask(
            HubCall(
                "POST", "/v1/models/{model}/versions/{version}/score", shape: HubCall.split),
            request)
    }

    package func history(_ request: HistoryRequest) throws(SwerveError) -> HistoryResult {
        try newest(
            HubCall("GET", "/v1/models/{model}/history"), request, of: "entries",
            count: request.limit)
    }

    package func live(_ request: LiveRequest) throws(SwerveError) -> LiveResult {
        try ask(HubCall("GET", "/v1/models/{model}/live"), request)
    }

    package func auditLog(_ request: AuditLogRequest) throws(SwerveError) -> AuditLogResult {
        try newest(HubCall("GET", "/v1/audit"), request, of: "entries", count: request.limit)
    }

    package func verifyAudit(
        _ request: AuditVerifyRequest
    ) throws(SwerveError) -> AuditVerifyResult {
        hear(.checking("the audit chain, by the hub \(link.address.base.shown)"))
        return try ask(HubCall("GET", "/v1/audit/verification"), request, timeoutMs: Self.longMs)
    }

    package func auditHead(_ request: AuditHeadRequest) throws(SwerveError) -> AuditHeadResult {
        try ask(HubCall("GET", "/v1/audit/head"), request)
    }

    package func keys(_ request: KeysRequest) throws(SwerveError) -> KeysResult {
        try ask(
            HubCall("GET", "/v1/keys") { fields in
                fields["believed"] = fields.removeValue(forKey: "is_to_believe")
            }, request)
    }

    package func tokens(_ request: TokensRequest) throws(SwerveError) -> TokensResult {
        try ask(HubCall("GET", "/v1/tokens"), request)
    }

    package func registry(_ request: RegistryRequest) throws(SwerveError) -> RegistryResult {
        try ask(HubCall("GET", "/v1/registry"), request)
    }

    // MARK: - Lists, a page after the other

    /// All of a list, or so many of it.
    ///
    /// - Parameter after: the cursor that it begins at; nil for its beginning.
    private func pages<Result: Decodable>(
        _ call: HubCall, _ request: some Encodable, of list: String, _ after: JSONValue? = nil,
        limit: Int? = nil
    ) throws(SwerveError) -> Result {
        var whole: [String: JSONValue]?
        var items: [JSONValue] = []
        var left = max(0, limit ?? .max)
        var cursor = after
        repeat {
            // No page has none.
            let page = try page(call, request, min(max(1, left), Self.pageItems), cursor)
            whole = whole ?? page.object ?? [:]
            let found = page[list]?.array ?? []
            items += found.prefix(left)
            left -= min(left, found.count)
            cursor = page["next"]
        } while cursor != nil && left > 0
        whole?[list] = .array(items)
        return try decode(Result.self, .object(whole ?? [:]))
    }

    /// What pages say in other fields.
    private static func ofPages(_ fields: inout [String: JSONValue]) {
        fields["after"] = nil
        fields["limit"] = nil
    }

    /// The newest so many of a list whose pages go back in time, each of them oldest first.
    private func newest<Result: Decodable>(
        _ call: HubCall, _ request: some Encodable, of list: String, count: Int
    ) throws(SwerveError) -> Result {
        var pages: [[JSONValue]] = []
        var left = count
        var cursor: JSONValue?
        repeat {
            let page = try page(call, request, min(left, Self.pageItems), cursor)
            let items = page[list]?.array ?? []
            pages.append(items)
            left -= items.count
            // A page may have none, where others see what is there.
            cursor = page["next"] == cursor ? nil : page["next"]
        } while cursor != nil && left > 0
        return try decode(Result.self, .object([list: .array(pages.reversed().flatMap { $0 })]))
    }

    private func page(
        _ call: HubCall, _ request: some Encodable, _ count: Int, _ cursor: JSONValue?
    ) throws(SwerveError) -> JSONValue {
        var more: [String: JSONValue] = ["limit": .int(Int64(count))]
        more["cursor"] = cursor
        return try document(try call.request(request, more: more))
    }

    private static let pageItems = 1_000
    /// Versions that the hub checks before it tells: few enough that it is heard of often.
    private static let checksAtOnce: Int64 = 20
    /// Of what reads the whole registry.
    private static let longMs = 4 * 3_600_000
}
