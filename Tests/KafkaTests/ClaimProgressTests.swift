import Lifecycle
import Testing

@testable import Kafka

/// The rules of a slot's claim, without brokers.
@Suite("ClaimProgress")
struct ClaimProgressTests {
    private typealias Call = ClaimProgress.Call

    private let away = SwerveError(.unavailable, act: "claiming", reason: "no coordinator")
    private let denied = SwerveError(.refused, act: "claiming", reason: "no right")
    private let second: UInt64 = 1_000_000_000

    private func progress() -> ClaimProgress { ClaimProgress(transactionNs: 10 * second) }

    /// One that holds the place.
    private func held() -> ClaimProgress {
        var progress = progress()
        _ = progress.answered(.make, .done, at: 0)
        #expect(progress.answered(.take, .done, at: 0) == .held)
        return progress
    }

    /// One whose question is under way since `at`.
    private func asking(at now: UInt64) -> ClaimProgress {
        var progress = held()
        #expect(progress.next(at: now, isAsked: true) == .begin)
        #expect(progress.answered(.begin, .done, at: now) == nil)
        return progress
    }

    @Test("it is made, taken, asked and committed, in this order, and idle between two questions")
    func order() {
        var progress = progress()
        var calls: [Call] = []
        for isAsked in [true, true] {
            while let call = progress.next(at: 1, isAsked: isAsked) {
                calls.append(call)
                if let standing = progress.answered(call, .done, at: 1) {
                    #expect(standing == .held)
                    break
                }
            }
        }
        #expect(calls == [.make, .take, .begin, .commit])
        #expect(progress.next(at: 1, isAsked: false) == nil)
    }

    @Test("a coordinator that is loading is asked again, on the same handle, until it answers")
    func loading() {
        var progress = progress()
        _ = progress.answered(.make, .done, at: 0)
        for moment in 1...100 as ClosedRange<UInt64> {
            #expect(progress.next(at: moment * second, isAsked: false) == .take)
            let standing = progress.answered(.take, .passing(away), at: moment * second)
            #expect(standing == .unknown(away))
        }
        #expect(progress.answered(.take, .done, at: 101 * second) == .held)
    }

    @Test("a place that is not given, or a handle that broke, is tried again with a new handle")
    func broken() {
        for call in [Call.take, .begin, .commit, .abort] {
            var progress = asking(at: second)
            #expect(progress.answered(call, .broken(denied), at: second) == .unknown(denied))
            #expect(progress.next(at: 30 * second, isAsked: true) == nil)
            #expect(progress.next(at: 31 * second, isAsked: false) == .make)
        }
        var unmade = progress()
        #expect(unmade.answered(.make, .broken(denied), at: 0) == .unknown(denied))
        #expect(unmade.next(at: 1, isAsked: true) == nil)
    }

    @Test("a commit that ran out of time is gone on with, whether or not somebody still asks")
    func committing() {
        var progress = asking(at: second)
        for isAsked in [true, false, true] {
            #expect(progress.next(at: 2 * second, isAsked: isAsked) == .commit)
            #expect(progress.answered(.commit, .passing(away), at: 2 * second) == .unknown(away))
            #expect(progress.isOpen)
        }
        #expect(progress.answered(.commit, .done, at: 3 * second) == .held)
        #expect(!progress.isOpen)
    }

    @Test("an abort that ran out of time is gone on with as an abort, and a question follows it")
    func aborting() {
        var progress = asking(at: second)
        #expect(progress.answered(.commit, .needsAbort(away), at: 2 * second) == nil)
        for isAsked in [true, false] {
            #expect(progress.next(at: 3 * second, isAsked: isAsked) == .abort)
            #expect(progress.answered(.abort, .passing(denied), at: 3 * second) == .unknown(denied))
            #expect(progress.isOpen)
        }
        // It was not answered: the reason is the one for which it was aborted.
        #expect(progress.answered(.abort, .done, at: 4 * second) == .unknown(away))
        #expect(progress.next(at: 5 * second, isAsked: true) == .begin)
    }

    @Test("a word that cannot even be queued is aborted")
    func queueFull() {
        var progress = held()
        #expect(progress.answered(.begin, .needsAbort(away), at: second) == nil)
        #expect(progress.next(at: second, isAsked: true) == .abort)
    }

    @Test("fenced without a transaction that could have outlived its time, the place is taken")
    func taken() {
        for now in [1, 10, 10_000] as [UInt64] {
            var idle = held()
            #expect(idle.fenced("fenced", at: now * second) == .taken("fenced"))
            #expect(idle.next(at: .max, isAsked: true) == nil)
        }
        for call in [Call.commit, .abort] {
            var progress = asking(at: 5 * second)
            let standing = progress.answered(call, .fenced("fenced"), at: 15 * second - 1)
            #expect(standing == .taken("fenced"))
            #expect(progress.next(at: .max, isAsked: true) == nil)
        }
    }

    @Test("fenced with a transaction that outlived its time nothing is known: taken anew at once")
    func outlived() {
        for isAborting in [false, true] {
            var progress = asking(at: 5 * second)
            if isAborting {
                // The abort is of the same transaction, and as old.
                _ = progress.answered(.commit, .needsAbort(away), at: 14 * second)
            }
            let call = isAborting ? Call.abort : .commit
            let standing = progress.answered(call, .fenced("fenced"), at: 15 * second)
            guard case .unknown(let error) = standing else {
                Issue.record("\(String(describing: standing))")
                continue
            }
            #expect(error.isRetryable && error.reason.contains("fenced"), "\(error)")
            #expect(progress.next(at: 15 * second, isAsked: false) == .make)
            #expect(!progress.isOpen)
        }
    }

    @Test("of two processes that take the place anew in turn one ends, whoever asks first")
    func twins() {
        // Both were cut off with a question open; the first one takes the place anew.
        var first = asking(at: 0)
        _ = first.fenced("fenced", at: 20 * second)
        _ = first.answered(.make, .done, at: 20 * second)
        _ = first.answered(.take, .done, at: 20 * second)
        // The second one was fenced by that, or by the coordinator: it cannot know, and does so.
        var second = asking(at: 0)
        _ = second.fenced("fenced", at: 21 * self.second)
        #expect(second.next(at: 21 * self.second, isAsked: false) == .make)
        _ = second.answered(.make, .done, at: 21 * self.second)
        _ = second.answered(.take, .done, at: 21 * self.second)
        // Now the first one has no transaction that is as old.
        #expect(first.fenced("fenced", at: 22 * self.second) == .taken("fenced"))
        #expect(second.next(at: 22 * self.second, isAsked: true) == .begin)
    }

    @Test("before the place is this handle's, nobody can have taken it away")
    func notYet() {
        var progress = progress()
        _ = progress.answered(.make, .done, at: 0)
        guard case .unknown = progress.answered(.take, .fenced("fenced"), at: 0) else {
            Issue.record("\(progress)")
            return
        }
        #expect(progress.next(at: ClaimProgress.pauseNs, isAsked: false) == .make)
    }
}
