import Lifecycle
import Serving
import Testing

/// What a worker makes of partitions that the brokers list.
@Suite("InputGrowth")
struct InputGrowthTests {
    private static func topics() -> WorkerConfiguration.Topics {
        var topics = WorkerConfiguration.Topics()
        topics.input = "in"
        topics.output = "out"
        return topics
    }

    private var growth = InputGrowth(of: topics(), known: 4)

    @Test("what both topics have is servable, once")
    func servable() {
        var growth = growth
        #expect(growth.listed(["in": 4, "out": 8]) == nil)
        #expect(growth.listed(["in": 6, "out": 8]) == .servable(6))
        #expect(growth.listed(["in": 6, "out": 8]) == nil)
        #expect(growth.listed(["in": 8, "out": 8]) == .servable(8))
    }

    @Test("an output that is behind is told, again only where the numbers change")
    func behind() {
        var growth = growth
        guard case .behind(let error) = growth.listed(["in": 6, "out": 4]) else {
            Issue.record("not behind")
            return
        }
        #expect(error.description.contains("in: it has got 6 partitions, out has 4"), "\(error)")
        #expect(growth.listed(["in": 6, "out": 4]) == nil)
        guard case .behind = growth.listed(["in": 8, "out": 4]) else {
            Issue.record("not behind")
            return
        }
        #expect(growth.listed(["in": 8, "out": 8]) == .servable(8))
    }

    @Test("an output that is half way there is told, and its half is taken")
    func halfWay() {
        var growth = growth
        guard case .behind = growth.listed(["in": 8, "out": 6]) else {
            Issue.record("not behind")
            return
        }
        #expect(growth.listed(["in": 8, "out": 6]) == .servable(6))
        #expect(growth.listed(["in": 8, "out": 6]) == nil)
        #expect(growth.listed(["in": 8, "out": 8]) == .servable(8))
    }

    @Test("the input's partitions are told whether or not the output has as many")
    func inputPartitions() {
        var growth = growth
        #expect(growth.inputPartitions == 4)
        for (input, output, told) in [(6, 4, 6), (0, 0, 6), (6, 6, 6), (8, 0, 8)] {
            _ = growth.listed(["in": input, "out": output])
            #expect(growth.inputPartitions == told)
        }
    }

    @Test("fewer than before, or none, is what a broker lists that is starting")
    func fewer() {
        var growth = growth
        #expect(growth.listed(["in": 0, "out": 0]) == nil)
        #expect(growth.listed([:]) == nil)
        #expect(growth.listed(["in": 2, "out": 2]) == nil)
        #expect(growth.listed(["in": 6, "out": 0]) == nil)
        #expect(growth.listed(["in": 5, "out": 5]) == .servable(5))
    }
}
