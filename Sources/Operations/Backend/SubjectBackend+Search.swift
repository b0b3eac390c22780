package import Lifecycle
import Registry

/// Searching, which goes through all models.
extension SubjectBackend {
    package func search(_ request: SearchRequest) throws(SwerveError) -> SearchResult {
        try asked(.reader, on: [nil], "searching versions") { () throws(SwerveError) in
            guard !subject.seesAll else { return try inner.search(request) }
            // Which fields there are of models that it does not see is not told either.
            return SearchResult(versions: try seen(of: request), unknownFields: [])
        }
    }

    /// The versions that it sees, as many as are asked for.
    private func seen(of request: SearchRequest) throws(SwerveError) -> [RegisteredVersion] {
        var found: [RegisteredVersion] = []
        var place = request.after
        let limit = max(0, request.limit ?? .max)
        while found.count < limit {
            let portion = try inner.search(
                request.part(after: place, limit: Self.searchPortion)
            ).versions
            found += portion.lazy.filter { subject.sees("\($0.reference.model)") }
            guard portion.count == Self.searchPortion else { break }
            place = portion.last?.reference
        }
        return Array(found.prefix(limit))
    }

    /// Versions that are read at once, to be looked through for those that it sees.
    private static let searchPortion = 1_000
}
