import Lifecycle
import Operations
import Testing

@testable import Hub
@testable import Pages

/// What is looked for, in which order, and what is done with what was found.
@Suite("the book of flips")
struct FlipBookTests {
    private static func deployment(
        _ epoch: Int64 = 5, model: String = "http-anomaly", candidate: Int? = 2
    ) throws -> Deployment {
        func version(_ number: Int) throws -> DeployedVersion {
            DeployedVersion(
                version: number,
                digest: try Digest("sha256:" + String(repeating: "\(number)", count: 64)))
        }
        return Deployment(
            model: try ModelName(model), epoch: epoch, stable: try version(1),
            candidate: try candidate.map {
                Candidate(deployed: try version($0), mode: .shadow, share: try Share("5%"))
            }, salt: 7)
    }

    private static let findings = FlipFindings(
        topic: "in", records: 10, pairs: 9, counts: [.alert: 1])

    @Test("two pages at once have it looked for once, and both are shown what was found")
    func twoPages() throws {
        var book = FlipBook()
        let trial = try Self.deployment()
        #expect(book.look(at: trial, nowMs: 0) == FlipLook(isLooking: true))
        #expect(book.look(at: trial, nowMs: 1) == FlipLook(isLooking: true))
        #expect(book.next() == trial)
        // One look at a time, and it is not asked for twice.
        #expect(book.look(at: trial, nowMs: 2)?.isLooking == true)
        #expect(book.next() == nil)
        book.found(.success(Self.findings), in: trial, tookMs: 100, nowMs: 3, wallMs: 900)
        let found = FlipLook(findings: Self.findings, atMs: 900)
        #expect(book.look(at: trial, nowMs: 4) == found)
        #expect(book.look(at: trial, nowMs: FlipBook.restMs + 2) == found)
        #expect(book.next() == nil)
        // It is old by now: shown still, while it is looked for anew.
        let again = book.look(at: trial, nowMs: FlipBook.restMs + 3)
        #expect(again?.findings == Self.findings && again?.isLooking == true)
        #expect(book.next() == trial)
    }

    @Test("nobody looks where no version is on trial, and what was found is forgotten")
    func noTrial() throws {
        var book = FlipBook()
        let trial = try Self.deployment()
        #expect(book.look(at: try Self.deployment(candidate: nil), nowMs: 0) == nil)
        #expect(book.next() == nil && book.count == 0)
        _ = book.look(at: trial, nowMs: 0)
        #expect(book.look(at: try Self.deployment(6, candidate: nil), nowMs: 1) == nil)
        #expect(book.next() == nil && book.count == 0)
    }

    @Test("a look that another epoch overtakes is worth nothing, and the new one is looked at")
    func overtaken() throws {
        var book = FlipBook()
        let (old, new) = (try Self.deployment(5), try Self.deployment(6))
        _ = book.look(at: old, nowMs: 0)
        #expect(book.next() == old && book.isWorthIt(old))
        #expect(book.look(at: new, nowMs: 1) == FlipLook(isLooking: true))
        #expect(!book.isWorthIt(old) && book.next() == nil)
        book.found(.success(Self.findings), in: old, tookMs: 1, nowMs: 2, wallMs: 900)
        #expect(book.look(at: new, nowMs: 3) == FlipLook(isLooking: true))
        #expect(book.next() == new)
        book.found(.success(Self.findings), in: new, tookMs: 1, nowMs: 4, wallMs: 901)
        #expect(book.look(at: new, nowMs: 5)?.atMs == 901)
    }

    @Test("a failure is told with its remedy; what was found before stays, and it is tried again")
    func failure() throws {
        var book = FlipBook()
        let trial = try Self.deployment()
        let fault = SwerveError(
            .unavailable, act: "reading", reason: "no broker answers", remedy: "start one")
        _ = book.look(at: trial, nowMs: 0)
        _ = book.next()
        book.found(.failure(fault), in: trial, tookMs: 5_000, nowMs: 10, wallMs: 900)
        #expect(
            book.look(at: trial, nowMs: 11) == FlipLook(fault: "no broker answers: start one"))
        // It took long: others have their turn first.
        #expect(book.look(at: trial, nowMs: 100_009)?.isLooking == false)
        #expect(book.look(at: trial, nowMs: 100_010)?.isLooking == true)
        _ = book.next()
        book.found(.success(Self.findings), in: trial, tookMs: 1, nowMs: 100_020, wallMs: 901)
        #expect(book.look(at: trial, nowMs: 100_021)?.fault == nil)
        _ = book.look(at: trial, nowMs: 200_000)
        _ = book.next()
        book.found(.failure(fault), in: trial, tookMs: 1, nowMs: 200_001, wallMs: 902)
        let kept = book.look(at: trial, nowMs: 200_002)
        #expect(kept?.findings == Self.findings && kept?.atMs == 901 && kept?.fault != nil)
    }

    @Test("models wait in the order in which they were looked at")
    func order() throws {
        var book = FlipBook()
        let trials = try ["c", "a", "b"].map { try Self.deployment(model: $0) }
        for trial in trials { _ = book.look(at: trial, nowMs: 0) }
        for trial in trials {
            #expect(book.next() == trial)
            #expect(book.next() == nil)
            book.found(.success(Self.findings), in: trial, tookMs: 1, nowMs: 1, wallMs: 1)
        }
        #expect(book.next() == nil)
    }

    @Test("however many models have a trial, few are kept: those looked at last")
    func bounded() throws {
        var book = FlipBook()
        for number in 0..<(FlipBook.modelsMax + 10) {
            _ = book.look(at: try Self.deployment(model: "m-\(number)"), nowMs: Int64(number))
        }
        #expect(book.count == FlipBook.modelsMax)
        // The first ones are forgotten, and take no turn.
        #expect(book.next()?.model.description == "m-10")
    }
}
