import Platform

/// What one run of the demo is asked to do.
package struct DemoOptions: Sendable {
    /// A fault that is planted in the stream, which the report must find.
    package enum Fault: String, Sendable, CaseIterable {
        /// One prediction is withheld.
        case lose
        /// One prediction is written a second time.
        case duplicate
        /// One prediction is replaced by the old version's, under the new epoch.
        case stale
    }

    /// Records fed; at least `recordsMin`.
    package var records = 200_000
    /// Records a second; 0 is unlimited.
    package var rate = 10_000
    package var workers = 2
    /// Of the input topic, and so of the output.
    package var partitions = 8
    /// Of the traffic generator.
    package var seed = TrafficGenerator.defaultSeed
    /// Files of JSON lines, plain or gzip, instead of generated traffic; repeated to `records`.
    package var requestFiles: [String] = []
    /// Model and featurizer of both versions; nil takes the ones that ship with Swerve.
    package var modelFiles: [String?] = [nil, nil]
    package var featurizerFiles: [String?] = [nil, nil]
    /// The folder of the shipped models; nil searches upwards from the executable.
    package var modelsFolder: String?
    /// `NAME=CLASS`, as `swerve register` takes them; nil: see `effectiveLabels`.
    package var labels: [String]?
    /// A real Kafka; nil runs a development broker.
    package var bootstrap: String?
    /// Whether the environment names brokers, which a demo leaves alone.
    package var isBootstrapIgnored = false
    /// A folder that keeps inputs, predictions, registry and report; nil keeps nothing.
    package var keepFolder: String?
    package var inject: Fault?
    /// The swerve to drive.
    package var executable = CurrentExecutable.spawnPath
    /// Whether progress goes to standard error at all, and whether NO_COLOR forbids colours.
    package var showsProgress = true
    package var isColourRefused = false

    /// Below it an epoch might not meet every partition.
    package static let recordsMin = 1_000
    package static let recordsMax = 50_000_000

    package init() {}

    /// Without labels given, the shipped models' own, for a version that is compared with one of
    /// them too; two other models keep the names of their classes.
    var effectiveLabels: [String] {
        labels ?? (modelFiles.contains(nil) ? ["attack=1", "normal=-1"] : [])
    }

    /// What cannot be done as it was asked for.
    package enum Mistake: Error, Equatable, CustomStringConvertible {
        /// Numbers out of range, by the names of the options.
        case outOfRange([String], String)
        /// Of a version whose model was given: 1 or 2.
        case featurizerMissing(version: Int)
        case versionsMissing

        package var description: String {
            switch self {
            case .outOfRange(let names, let range): "\(names.joined(separator: " and ")): \(range)"
            case .featurizerMissing(let version):
                "the model of version \(version) needs a featurizer"
            case .versionsMissing: "two versions are needed"
            }
        }
    }

    package func check() throws(Mistake) {
        guard (Self.recordsMin...Self.recordsMax).contains(records) else {
            throw .outOfRange(["records"], "not between \(Self.recordsMin) and \(Self.recordsMax)")
        }
        guard (0...10_000_000).contains(rate) else {
            throw .outOfRange(
                ["rate"], "not between 0 (unlimited) and 10000000 records a second")
        }
        guard (1...64).contains(workers), (workers...128).contains(partitions) else {
            throw .outOfRange(
                ["workers", "partitions"], "1 to 64 workers, as many to 128 partitions")
        }
        guard modelFiles.count == 2, featurizerFiles.count == 2 else { throw .versionsMissing }
        for index in 0..<2 where modelFiles[index] != nil && featurizerFiles[index] == nil {
            throw .featurizerMissing(version: index + 1)
        }
    }
}
