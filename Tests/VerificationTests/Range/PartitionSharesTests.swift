import Lifecycle
import Testing

@testable import Verification

@Suite("Partitions that threads share out")
struct PartitionSharesTests {
    private func error(_ reason: String) -> SwerveError {
        SwerveError(.unavailable, act: "a test", reason: reason)
    }

    @Test("each partition is taken once, in order, and then none")
    func once() {
        var shares = PartitionShares(count: 3)
        #expect((0..<5).map { _ in shares.take() } == [0, 1, 2, nil, nil])
        var none = PartitionShares(count: 0)
        #expect(none.take() == nil)
    }

    @Test("none is set aside that another thread could read")
    func spare() {
        var shares = PartitionShares(count: 4)
        #expect(shares.take(spare: 2) == 0 && shares.take(spare: 2) == 1)
        // Two are left, for two others; who has nothing at hand takes one all the same.
        #expect(shares.take(spare: 2) == nil)
        #expect(shares.take() == 2 && shares.take(spare: 1) == nil && shares.take() == 3)
    }

    @Test("the first error stands, and nothing is taken after it")
    func failed() {
        var shares = PartitionShares(count: 3)
        #expect(shares.isWell && shares.take() == 0)
        shares.fail(error("first"))
        shares.fail(error("second"))
        #expect(!shares.isWell && shares.error?.reason == "first" && shares.take() == nil)
        // The others still say how far they came.
        #expect(shares.told(5) == 5 && shares.told(2) == 7)
    }
}
