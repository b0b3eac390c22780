package import Catalogue
package import Lifecycle
package import Registry

/// One version whole.
package struct VersionRequest: Codable, Sendable, Equatable {
    package let version: VersionSelector

    package init(version: VersionSelector) { self.version = version }
}

package struct VersionResult: Codable, Sendable, Equatable {
    package let version: RegisteredVersion
    package let manifest: ArtifactManifest
    /// What its numbers mean; nil where its files are gone, or do not load.
    package let meaning: ScoreMeaning?
}

/// The versions, of all models, for which something holds.
///
/// It travels as the text that people type, and is read again where it arrives.
package struct SearchRequest: Codable, Sendable, Equatable {
    private enum CodingKeys: String, CodingKey {
        case query, after, limit
    }

    package let text: String
    let query: VersionQuery
    /// Only versions behind this one; nil for all.
    package let after: VersionReference?
    /// So many versions at most, and no others are read; nil for all.
    package let limit: Int?

    /// - Throws: `.usage`, with the column, what was expected there, and the fields that there are.
    package init(
        _ text: String, after: VersionReference? = nil, limit: Int? = nil
    ) throws(SwerveError) {
        self.text = text
        query = try VersionQuery(text)
        self.after = after
        self.limit = limit
    }

    /// The same for another part of the list.
    func part(after: VersionReference?, limit: Int) -> SearchRequest {
        SearchRequest(text: text, query: query, after: after, limit: limit)
    }

    private init(text: String, query: VersionQuery, after: VersionReference?, limit: Int?) {
        self.text = text
        self.query = query
        self.after = after
        self.limit = limit
    }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            try fields.decode(String.self, forKey: .query),
            after: try fields.decodeIfPresent(VersionReference.self, forKey: .after),
            limit: try fields.decodeIfPresent(Int.self, forKey: .limit))
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(text, forKey: .query)
        try fields.encodeIfPresent(after, forKey: .after)
        try fields.encodeIfPresent(limit, forKey: .limit)
    }
}

package struct SearchResult: Codable, Sendable, Equatable {
    /// By name and number.
    package let versions: [RegisteredVersion]
    /// Where there are none at all: the fields that were asked for and that no version has, a
    /// likelier reason than their values.
    package let unknownFields: [String]
}
