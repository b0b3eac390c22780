import Lifecycle

/// On what condition a deployment is changed, and how far that is followed: fields of their own for
/// whoever asks the API, and one object in the backend's request.
///
/// Who asks knows nothing of the object, so errors name the fields as they were given.
enum HubTerms {
    static let fields: [HubOperation.Field] = [
        .init("expected_epoch", .integer, "refused at another; also If-Match"),
        .init("is_forced", .boolean, "also a version that reads or says something else"),
        HubOperations.reason,
        .init(
            "announcing", .string,
            "later, behind the answer; now, before it, which is so where waiting is given"),
        .init("waiting", .object, "for the fleet: timeout_ms, and groups"),
        .init(
            "trial", .object,
            "changes nothing, and tells what would be; with key, the name of one that would sign"),
    ]

    /// Puts what was given into the object, with what is usual.
    static func gather(_ fields: inout [String: JSONValue]) {
        var terms: [String: JSONValue] = [
            "is_forced": false, "reason": "",
            // A change is answered before the brokers are: the hub announces it at once.
            "announcing": fields["waiting"] == nil ? "later" : "now",
        ]
        for field in Self.fields {
            if let value = fields.removeValue(forKey: field.name) { terms[field.name] = value }
        }
        if var waiting = terms["waiting"]?.object {
            waiting["groups"] = waiting["groups"] ?? []
            terms["waiting"] = .object(waiting)
        }
        fields[object] = .object(terms)
    }

    /// What is wrong with a gathered request, about the fields that were given.
    ///
    /// - Parameter act: of reading the request: what the values themselves say stays.
    static func asGiven(_ error: SwerveError, reading act: String) -> SwerveError {
        let place = object + "."
        guard error.act == act, error.reason.hasPrefix(place) else { return error }
        return SwerveError(
            error.code, act: act, reason: String(error.reason.dropFirst(place.count)))
    }

    private static let object = "terms"
}
