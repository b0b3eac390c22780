import Foundation
import Lifecycle
import Registry
import TestSupport
import Testing

/// A registry that the release before this one made; see Tests/Previous.
@Suite("a registry of the previous release")
struct PreviousReleaseTests {
    @Test("it is opened, read whole, found sound, and changed")
    func opened() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(
            "swerve.db", Data(contentsOf: RepositoryFiles.file("Tests/Previous/swerve.db")))
        let registry = try Registry.open(path: path, access: .readWrite(create: false))
        let model = try ModelName("http-anomaly")
        let deployment = try #require(try registry.deployment(of: model))
        #expect(deployment.epoch == 2 && deployment.candidate?.deployed.version == 2)
        #expect(try registry.verifyAudit().isClean)
        let artifact = try registry.artifact(deployment.stable.digest)
        #expect(artifact.files.count == 3, "\(artifact.files.keys)")
        let change = try registry.change(
            ChangeOrder(
                .change(.promote(2)), of: model,
                note: ChangeNote(by: "test", at: "2026-01-01T00:00:00.000Z")))
        #expect(change.epoch == 3 && change.stable.version == 2)
        #expect(try registry.verifyAudit().isClean)
    }
}
