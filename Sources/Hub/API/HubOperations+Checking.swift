import Lifecycle
import Operations

/// What is computed anew, and takes its time.
extension HubOperations {
    static let checking: [HubOperation] = [verification, auditVerification, collection, score]

    private static let verification = HubOperation(
        "verification", "GET", "/v1/verification", .reader,
        "Computes digests and self-tests anew: of the whole registry, or of what is named.",
        query: [
            .init("model", .string, "only its versions"),
            .init("version", .string, "only this one, NAME@V or NAME@ALIAS"),
            .init(
                "limit", .integer, in: HubPaging.limits,
                "so many versions, 10000 at most; all without"),
            .init("cursor", .string, "where to go on: next of the answer before"),
        ], isLong: true,
        shape: { fields throws(SwerveError) in
            let scope = fields.filter { $0.key == "model" || $0.key == "version" }
            let (cursor, limit) = (
                fields["cursor"],
                try fields["limit"].map { _ throws(SwerveError) in
                    try HubPaging.limit(of: fields)
                }
            )
            fields = ["scope": .object(scope.isEmpty ? ["all": [:]] : scope)]
            fields["after"] = cursor
            fields["limit"] = limit.map { .int(Int64($0)) }
        }
    ) { (backend, request: VerifyRequest) throws(SwerveError) in try backend.verify(request) }

    private static let auditVerification = HubOperation(
        "audit-verification", "GET", "/v1/audit/verification", .reader,
        "Hashes the audit chain anew, and holds tables and control topic against it.", isLong: true
    ) { (backend, request: AuditVerifyRequest) throws(SwerveError) in
        try backend.verifyAudit(request)
    }

    private static let collection = HubOperation(
        "collection", "GET", "/v1/collection", .registrar,
        "The files of archived versions that nothing else needs; nothing is removed.",
        query: [.init("model", .string, "only of this one")], isLong: true,
        shape: { $0["is_deleting"] = false }
    ) { (backend, request: CollectRequest) throws(SwerveError) in try backend.collect(request) }

    private static let score = HubOperation(
        "score", "POST", "/v1/models/{model}/versions/{version}/score", .reader,
        "Scores requests with a version, as a worker would, outside of the stream.",
        body: [
            .init(
                "requests", .array, isRequired: true,
                "1000 at most, each as a line of swerve score"),
            .init("explain", .integer, "so many contributions to each score are told"),
        ], isLong: true, isChange: false, shape: selected
    ) { (backend, request: ScoreRequest) throws(SwerveError) in try backend.score(request) }
}
