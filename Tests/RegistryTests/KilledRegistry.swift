import Foundation
import Lifecycle
import Platform
import TestSupport
import Testing

@testable import Registry

/// A registry whose writer was killed: its newest changes are in the log beside it alone.
struct KilledRegistry {
    let folder: TemporaryFolder
    let backup: String
    var path: String { folder.path("swerve.db") }
    let id: String

    /// The backup knows one version, the registry two.
    init() throws {
        folder = try TemporaryFolder()
        let fixture = try Fixture(versions: 1)
        backup = folder.path("backup.db")
        id = fixture.registry.id
        _ = try fixture.registry.backup(to: backup, isForced: false)
        try fixture.register("model 2")
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(
                atPath: fixture.path + suffix, toPath: folder.path("swerve.db") + suffix)
        }
        try #require(FileStatus.of(folder.path("swerve.db-wal"))?.bytes ?? 0 > 0)
    }

    func versions(at path: String? = nil) throws -> Int {
        try Registry.open(path: path ?? self.path, access: .readOnly)
            .versions(of: try ModelName("http-anomaly")).count
    }

    func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
    }
}

extension RegistryRestore.Terms {
    init(isForced: Bool = false, keepsReplaced: Bool = true, isTrial: Bool = false) {
        self.init()
        self.isForced = isForced
        self.keepsReplaced = keepsReplaced
        self.isTrial = isTrial
    }
}
