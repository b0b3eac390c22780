import Foundation
import Lifecycle
import Platform
import TestSupport
import Testing
import Web

@testable import Hub

@Suite("the hub's certificate", .blocking, .enabled(if: TestAuthority.isPossible))
struct CertificateWatchTests {
    @Test("a new one is taken up, one that cannot be used is told, and so is the end to come")
    func watches() throws {
        let folder = try TemporaryFolder()
        let authority = try TestAuthority(folder)
        let files = try authority.identity("server", days: 10)
        let identity = try TLSIdentity(certificate: files.certificate, key: files.key)
        let heard = Guarded<[CertificateNews]>([])
        let arrived = try EventFD()
        let watch = try CertificateWatch(identity, lookMs: 10) { news in
            heard.withLock { $0.append(news) }
            arrived.signal()
        }
        func wait(for count: Int) throws -> [CertificateNews] {
            while heard.withLock({ $0.count }) < count {
                _ = try Poll.waitForAny([arrived.descriptor], timeoutMs: nil)
                arrived.drain()
            }
            return heard.withLock { $0 }
        }
        watch.start()
        #expect(try wait(for: 1) == [.ends(inDays: 9)])
        let before = try StateFile.read(files.certificate, limit: 1 << 20)
        try StateFile.write(files.certificate, Array("nonsense".utf8))
        guard case .unusable = try wait(for: 2).last else {
            Issue.record("\(heard.withLock { $0 })")
            return watch.stop()
        }
        try StateFile.write(files.certificate, before)
        #expect(try wait(for: 3).last == .replaced(endsAtMs: identity.endsAtMs))
        watch.stop()
        #expect(heard.withLock { $0.count } == 3)
    }

    @Test("one that has ended is told as such")
    func ended() throws {
        let folder = try TemporaryFolder()
        let files = try TestAuthority(folder).identity("server")
        let identity = try TLSIdentity(certificate: files.certificate, key: files.key)
        let arrived = try EventFD()
        let heard = Guarded<[CertificateNews]>([])
        let watch = try CertificateWatch(identity, nowMs: { identity.endsAtMs + 1 }) { news in
            heard.withLock { $0.append(news) }
            arrived.signal()
        }
        watch.start()
        _ = try Poll.waitForAny([arrived.descriptor], timeoutMs: nil)
        watch.stop()
        #expect(heard.withLock { $0 } == [.ends(inDays: -1)])
    }
}
