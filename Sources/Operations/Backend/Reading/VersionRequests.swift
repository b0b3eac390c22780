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
        case query
    }

    package let text: String
    let query: VersionQuery

    /// - Throws: `.usage`, with the column, what was expected there, and the fields that there are.
    package init(_ text: String) throws(SwerveError) {
        self.text = text
        query = try VersionQuery(text)
    }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(try fields.decode(String.self, forKey: .query))
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(text, forKey: .query)
    }
}

package struct SearchResult: Codable, Sendable, Equatable {
    /// By name and number.
    package let versions: [RegisteredVersion]
    /// Where there are none: the fields that were asked for and that no version has, a likelier
    /// reason than their values.
    package let unknownFields: [String]
}
