/// How a registry is opened.
package enum RegistryAccess: Sendable, Hashable {
    /// For the command line and the hub; `create` makes a registry where none is.
    case readWrite(create: Bool)
    /// For workers: never writes a row, works beside a writer.
    case readOnly
    /// For backups: as `readOnly`, also where an older swerve made the schema.
    case copying
}
