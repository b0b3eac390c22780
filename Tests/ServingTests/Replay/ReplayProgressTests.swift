import Kafka
import Serving
import Testing

@Suite("ReplayProgress")
struct ReplayProgressTests {
    private func at(_ partition: Int32, _ offset: Int64) -> PartitionOffset {
        PartitionOffset(partition: partition, offset: offset)
    }

    @Test("what stood there at the beginning is taken once, in order, and then it is done")
    func takes() {
        var progress = ReplayProgress(
            lasts: [0: 2, 1: 0], beginning: [at(0, 1), at(1, 0), at(2, 0)])
        #expect(!progress.isDone)
        // Behind the progress of an earlier replay.
        let earlier = progress.takes(partition: 0, offset: 0)
        let first = progress.takes(partition: 0, offset: 1)
        let again = progress.takes(partition: 0, offset: 1)
        #expect(!earlier && first && !again && !progress.isDone)
        #expect(progress.positions == [at(0, 2), at(1, 0)])
        let last = progress.takes(partition: 0, offset: 2)
        let other = progress.takes(partition: 1, offset: 0)
        #expect(last && other && progress.isDone)
        // The letters that it put back itself, and a partition that had none.
        let own = progress.takes(partition: 0, offset: 3)
        let new = progress.takes(partition: 2, offset: 0)
        #expect(!own && !new && progress.isDone)
        #expect(progress.positions == [at(0, 3), at(1, 1)])
    }

    @Test("where everything was replayed before, or nothing is there, it is done at once")
    func done() {
        #expect(ReplayProgress(lasts: [:], beginning: [at(0, 0)]).isDone)
        #expect(ReplayProgress(lasts: [0: 4], beginning: [at(0, 5)]).isDone)
        #expect(!ReplayProgress(lasts: [0: 4], beginning: [at(0, 4)]).isDone)
    }

    @Test("counts of batches add up")
    func counts() {
        var (sum, other) = (ReplayCounts(), ReplayCounts())
        (other.predictions, other.stillDead, other.stubs, other.others) = (1, ["a": 2], 3, 4)
        sum.add(other)
        sum.add(other)
        #expect(sum.predictions == 2 && sum.stillDead == ["a": 4])
        #expect(sum.stubs == 6 && sum.others == 8)
    }
}
