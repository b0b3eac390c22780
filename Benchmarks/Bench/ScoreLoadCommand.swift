import ArgumentParser
import CBench
import Catalogue
import Lifecycle
import Platform
import Scoring

/// What a scorer costs before its first record: time to load it, and memory to keep it.
struct ScoreLoadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Time the loading of a scorer, and weigh it.",
        discussion: """
            A load begins with the artifact's bytes in memory and ends with a scorer that may serve: \
            digests, parsing, building, self-test. Memory is the growth by several scorers that are \
            kept, each, by the allocator's account and by what the kernel says is resident.
            """)

    @OptionGroup var source: ScoreSource

    @Option(help: "How many loads are timed, after one that counts for nothing.")
    var runs = 25

    @Option(help: "How many scorers are kept for the memory.")
    var kept = 4

    func validate() throws {
        guard runs > 0, kept > 0 else { throw ValidationError("--runs or --kept is below 1") }
    }

    func run() throws {
        MemoryPolicy.apply()
        let artifact = try source.artifact()
        let first = try OfflineScorer.load(artifact)
        var milliseconds: [Double] = []
        for _ in 0..<runs {
            let began = MonotonicClock.now
            let scorer = try OfflineScorer.load(artifact)
            milliseconds.append(Double(MonotonicClock.now &- began) / 1e6)
            // Freed outside the clock.
            withExtendedLifetime(scorer) {}
        }
        MemoryPolicy.trim()
        let heap = bench_heap_bytes()
        let resident = try ProcessUsage.memory().residentKiB
        var scorers: [Scorer] = []
        for _ in 0..<kept { scorers.append(try OfflineScorer.load(artifact)) }
        MemoryPolicy.trim()
        let heapGrown = Double(bench_heap_bytes()) - Double(heap)
        let residentGrown = (try ProcessUsage.memory().residentKiB - resident) * 1_024
        withExtendedLifetime((first, scorers)) {
            Output.line([
                "milliseconds": .array(milliseconds.map { .double($0) }),
                "artifact_bytes": .int(
                    Int64(artifact.files.values.reduce(0) { $0 + $1.count })),
                "kept": .int(Int64(kept)),
                "heap_bytes_each": .double(heapGrown / Double(kept)),
                "resident_bytes_each": .double(Double(residentGrown) / Double(kept)),
                "weight_bytes": .int(Int64(first.weightBytes)),
                "vocabulary_bytes": .int(Int64(first.featurizer.spec.source.vocabularyBytes)),
                "features": .int(Int64(first.model.featureCount)),
                "vectors": .int(Int64(first.model.vectorCount)),
            ])
        }
    }
}
