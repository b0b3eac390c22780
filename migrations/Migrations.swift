/// One step of the registry's schema: an SQL file of this folder, embedded in the binary.
package struct Migration: Sendable {
    /// The file's name without `.sql`; its order is its number.
    package let id: String
    package let sql: [UInt8]

    package init(id: String, sql: [UInt8]) {
        self.id = id
        self.sql = sql
    }
}

/// The registry's schema, oldest step first.
///
/// A test holds this list against the folder.
///
/// SwiftPM turns the digit that begins a resource's name into an underscore.
package enum Migrations {
    package static let all: [Migration] = [
        Migration(id: "0001_initial", sql: PackageResources._001_initial_sql),
        Migration(id: "0002_lifecycle", sql: PackageResources._002_lifecycle_sql),
        Migration(id: "0003_rollouts", sql: PackageResources._003_rollouts_sql),
        Migration(id: "0004_mandates", sql: PackageResources._004_mandates_sql),
        Migration(id: "0005_hub", sql: PackageResources._005_hub_sql),
        Migration(id: "0006_requests", sql: PackageResources._006_requests_sql),
        Migration(id: "0007_tokens", sql: PackageResources._007_tokens_sql),
        Migration(id: "0008_webhooks", sql: PackageResources._008_webhooks_sql),
    ]
}
