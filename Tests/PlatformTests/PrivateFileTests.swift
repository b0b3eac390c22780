import Glibc
import Testing

@testable import Platform

/// Which modes keep a secret from others.
@Suite("PrivateFile")
struct PrivateFileTests {
    private static func status(_ mode: mode_t, owner: uid_t, group: gid_t) -> stat {
        var status = stat()
        status.st_mode = S_IFREG | mode
        status.st_uid = owner
        status.st_gid = group
        return status
    }

    @Test("what only its owner may use is private", arguments: [0o600, 0o400, 0o700] as [mode_t])
    func own(mode: mode_t) {
        let file = Self.status(mode, owner: 10_001, group: 10_001)
        #expect(PrivateFile.isPrivate(file, to: 10_001, groups: [10_001]))
        #expect(PrivateFile.isPrivate(file, to: 0, groups: [0]))
    }

    @Test("root's file may be read by a group of this process, as a kubelet mounts secrets")
    func mounted() {
        for mode in [0o440, 0o640] as [mode_t] {
            let file = Self.status(mode, owner: 0, group: 10_001)
            #expect(PrivateFile.isPrivate(file, to: 10_001, groups: [10_001]))
            #expect(PrivateFile.isPrivate(file, to: 10_001, groups: [7, 10_001]))
            #expect(!PrivateFile.isPrivate(file, to: 10_001, groups: [7]))
            #expect(!PrivateFile.isPrivate(file, to: 0, groups: [10_001]), "nobody gave it to root")
        }
    }

    @Test("a group may do no more, and others nothing")
    func open() {
        for mode in [0o460, 0o450, 0o444, 0o441, 0o604, 0o660, 0o666] as [mode_t] {
            let file = Self.status(mode, owner: 0, group: 10_001)
            #expect(!PrivateFile.isPrivate(file, to: 10_001, groups: [10_001]), "\(mode)")
        }
        let theirs = Self.status(0o440, owner: 10_001, group: 10_001)
        #expect(!PrivateFile.isPrivate(theirs, to: 10_001, groups: [10_001]))
    }
}
