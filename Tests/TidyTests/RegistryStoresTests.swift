import TestSupport
import Testing

/// Whoever looks for the statements on a table finds them in one file.
@Suite("Stores of the registry")
struct RegistryStoresTests {
    /// Which file has all the statements that write to a table.
    private static let stores = [
        "models": "Versions/ModelStore", "versions": "Versions/VersionStore",
        "version_metadata": "Versions/VersionStore", "version_facts": "Versions/VersionStore",
        "artifacts": "Versions/ArtifactStore", "artifact_files": "Versions/ArtifactStore",
        "blobs": "Versions/ArtifactStore", "aliases": "Versions/AliasStore",
        "archived_versions": "Versions/ArchiveStore", "keys": "Keys/KeyStore",
        "tokens": "Tokens/TokenStore",
        "artifact_signatures": "Keys/SignatureStore",
        "deployments": "Deployments/DeploymentStore",
        "deployment_history": "Deployments/HistoryStore", "outbox": "Outbox/OutboxStore",
        "rollouts": "Rollouts/RolloutStore", "rollout_events": "Rollouts/RolloutStore",
        "rollout_mandates": "Rollouts/MandateStore",
        "hub_lease": "Lease/LeaseStore",
        "hub_requests": "Requests/RequestStore",
        "webhooks": "Webhooks/WebhookStore", "webhook_secrets": "Webhooks/WebhookStore",
        "webhook_sequences": "Webhooks/WebhookOutbox", "webhook_events": "Webhooks/WebhookOutbox",
        "webhook_conditions": "Webhooks/WebhookOutbox",
        "webhook_deliveries": "Webhooks/DeliveryStore",
        "webhook_attempts": "Webhooks/DeliveryStore",
        "audit": "Audit/AuditStore", "registry": "Opening/SchemaMigrator",
        "migrations": "Opening/SchemaMigrator",
    ]

    @Test("each table is written in its store alone")
    func writes() throws {
        let expression = try Regex(
            #"(?:INSERT INTO|UPDATE|DELETE FROM)\s+([a-z_]+)"#, as: (Substring, Substring).self)
        var written: Set<String> = []
        for file in try SourceFiles.swift(under: "Sources/Registry") {
            for match in file.text.matches(of: expression) {
                let table = String(match.output.1)
                written.insert(table)
                #expect(
                    Self.stores[table].map { "Sources/Registry/\($0).swift" } == file.path,
                    "\(file.path) writes to \(table)")
            }
        }
        #expect(written == Set(Self.stores.keys))
    }
}
