/// What a backup came to.
package struct RegistryBackup: Sendable, Equatable {
    package let path: String
    package let bytes: Int64
    /// The id, the same as the registry's own.
    package let id: String
}
