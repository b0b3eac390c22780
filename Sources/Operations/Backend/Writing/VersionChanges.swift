package import Lifecycle
package import Registry

/// A change of what people say of a version.
package struct AnnotateRequest: Codable, Sendable, Equatable {
    package let version: VersionSelector
    package let annotation: Annotation

    package init(version: VersionSelector, annotation: Annotation) {
        self.version = version
        self.annotation = annotation
    }
}

/// Putting a version away, or taking it back.
package struct ArchiveRequest: Codable, Sendable, Equatable {
    package let version: VersionSelector
    /// Whether it is taken back.
    package let isUndone: Bool
    /// For the audit.
    package let reason: String

    package init(version: VersionSelector, isUndone: Bool = false, reason: String = "") {
        self.version = version
        self.isUndone = isUndone
        self.reason = reason
    }
}

/// What came of a change of a version.
package struct VersionChangeResult: Codable, Sendable, Equatable {
    /// As it is now.
    package let version: RegisteredVersion
    /// Why nothing had to be changed; nil where something was.
    package let already: SwerveError?
}

/// A name for a version, wherever it pointed before.
package struct SetAliasRequest: Codable, Sendable, Equatable {
    package let alias: AliasName
    package let version: VersionSelector

    package init(alias: AliasName, version: VersionSelector) {
        self.alias = alias
        self.version = version
    }
}

/// Taking a name away.
package struct RemoveAliasRequest: Codable, Sendable, Equatable {
    package let alias: AliasName
    package let model: ModelName

    package init(alias: AliasName, model: ModelName) {
        self.alias = alias
        self.model = model
    }
}

/// What came of a change of an alias.
package struct AliasChangeResult: Codable, Sendable, Equatable {
    package let alias: AliasName
    /// That it names now, or named until now where it was removed.
    package let version: VersionReference
    /// Why nothing had to be changed; nil where something was.
    package let already: SwerveError?
}

/// The files of archived versions that nothing else needs.
package struct CollectRequest: Codable, Sendable, Equatable {
    /// Only of this one; nil for all.
    package let model: ModelName?
    /// Whether they are removed, and not only told.
    package let isDeleting: Bool

    package init(model: ModelName?, isDeleting: Bool) {
        self.model = model
        self.isDeleting = isDeleting
    }
}

package struct CollectResult: Codable, Sendable, Equatable {
    /// What was removed, or would be.
    package let plan: CollectionPlan
    /// By how many bytes the registry's file became smaller.
    package let shrunkBytes: Int64
}

/// Somebody's word for a version.
///
/// The private key stays with its owner, who signs what `VersionRequest` told.
package struct SignRequest: Codable, Sendable, Equatable {
    package let version: VersionReference
    /// Over `SignedMessage.artifact` of the version's model and digest.
    package let signature: RecordSignature

    package init(version: VersionReference, signature: RecordSignature) {
        self.version = version
        self.signature = signature
    }
}

package struct SignResult: Codable, Sendable, Equatable {
    package let version: VersionReference
    package let digest: Digest
    /// Whether the key's signature was there before; nothing was changed then.
    package let already: Bool
    /// All that there are now of the model's version, by the names of their keys.
    package let signatures: [RecordSignature]
}
