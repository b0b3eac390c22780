import Lifecycle

/// Where the records come from: made, or from files.
enum RequestSource {
    case generated(TrafficGenerator)
    case replayed(ReplayedRequests)

    init(_ options: DemoOptions) throws(SwerveError) {
        if options.requestFiles.isEmpty {
            self = .generated(TrafficGenerator(seed: options.seed))
        } else {
            self = .replayed(try ReplayedRequests(files: options.requestFiles))
        }
    }

    /// The next record: key, value and the id as it stands in the value, escaped.
    mutating func next() -> FedRecord {
        switch self {
        case .generated(var generator):
            // Taken out of the enum while it changes, so that its buffers have one owner.
            self = .replayed(ReplayedRequests.none)
            generator.next()
            let id = generator.line.dropFirst(Self.idStart).prefix { $0 != UInt8(ascii: "\"") }
            let record = FedRecord(key: generator.key, id: Array(id), value: generator.line)
            self = .generated(generator)
            return record
        case .replayed(var requests):
            self = .replayed(ReplayedRequests.none)
            let record = requests.next()
            self = .replayed(requests)
            return record
        }
    }

    /// Behind `{"id":"`.
    private static let idStart = 7
}
