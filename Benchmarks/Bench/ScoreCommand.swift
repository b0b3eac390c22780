import ArgumentParser
import CBench
import Catalogue
import Inputs
import Lifecycle
import Platform
import Scoring

/// How fast one thread scores inputs that are in memory, by the code that serves.
struct ScoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score", abstract: "Score inputs in memory over and over, and time it.",
        discussion: """
            With --interactive, first prints what was loaded, and then answers each line of standard \
            input with one JSON document: "pass WAY FIRST COUNT REPEATS", or "values FILE", which \
            writes the decisions and probabilities of all inputs as 64-bit floats.
            """)

    @OptionGroup var source: ScoreSource

    @Option(help: "JSON lines, plain or gzip, as swerve score reads them.")
    var inputs: String

    @Option(help: "Read at most so many inputs.")
    var limit: Int?

    @Option(help: "What a pass does; every way without. Repeatable.")
    var way: [ScoreWay] = []

    @Option(help: "How many passes over all inputs, after one that counts for nothing.")
    var passes = 5

    @Flag(help: "Answer lines of standard input instead.")
    var interactive = false

    func validate() throws {
        guard passes > 0, limit.map({ $0 > 0 }) ?? true else {
            throw ValidationError("--passes or --limit is below 1")
        }
    }

    func run() throws {
        MemoryPolicy.apply()
        let scorer = try OfflineScorer.load(try source.artifact())
        let inputs = try ScoreInputs(path: inputs, for: scorer.featurizer, limit: limit)
        let heapAtFirst = bench_heap_bytes()
        let pass = try ScorePass(scorer, inputs)
        let heapWithParser = bench_heap_bytes()
        let figures = pass.run(.input, first: 0, count: inputs.count, repeats: 1)
        Output.line([
            "inputs": .int(Int64(inputs.count)), "faults": .int(Int64(figures.faults)),
            "mean_text_bytes": .double(Double(inputs.textBytes) / Double(inputs.count)),
            "mean_record_bytes": .double(Double(inputs.recordBytes) / Double(inputs.count)),
            // Buffers for features and scores; the parser's are reserved once, and what no record
            // reaches never becomes resident.
            "scratch_bytes": .int(Int64(bench_heap_bytes() - heapWithParser)),
            "parser_reserved_bytes": .int(Int64(heapWithParser - heapAtFirst)),
            "features": .int(Int64(scorer.model.featureCount)),
            "vectors": .int(Int64(scorer.model.vectorCount)),
        ])
        if interactive { return try answer(pass, inputs) }
        for way in way.isEmpty ? ScoreWay.allCases : way {
            let passes = (0...passes).map { _ in
                pass.run(way, first: 0, count: inputs.count, repeats: 1)
            }.dropFirst()
            Output.line([
                "way": .string(way.rawValue),
                "records_per_s": .array(passes.map { .double($0.rate) }),
                "checksums": .array(passes.map { .double($0.checksum) }),
                "faults": .int(Int64(passes.map(\.faults).max() ?? 0)),
            ])
        }
    }

    private func answer(_ pass: ScorePass, _ inputs: ScoreInputs) throws {
        var lines = PipeLineReader(
            OwnedDescriptor(StandardStream.input.descriptor), limit: Limits.remarkBytes)
        while let line = try lines.next(timeoutMs: nil, act: "reading what to do") {
            let words = String(decoding: line, as: UTF8.self).split(separator: " ").map(String.init)
            switch words.first {
            case "pass" where words.count == 5:
                guard let way = ScoreWay(rawValue: words[1]), let first = Int(words[2]),
                    let count = Int(words[3]), let repeats = Int(words[4]),
                    first >= 0, count > 0, repeats > 0
                else { throw ValidationError("pass WAY FIRST COUNT REPEATS") }
                Output.line(pass.run(way, first: first, count: count, repeats: repeats).json)
            case "values" where words.count == 2:
                Output.line(try Self.write(pass, inputs.count, to: words[1]))
            default:
                throw ValidationError("neither pass nor values: \(words.joined(separator: " "))")
            }
        }
    }

    /// Writes the values of all inputs, little-endian, one row an input; NaN where it has a fault.
    private static func write(
        _ pass: ScorePass, _ count: Int, to path: String
    ) throws(SwerveError) -> JSONValue {
        let rows = (0..<count).map { pass.values($0) }
        let width = rows.map(\.count).max() ?? 0
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count * width * MemoryLayout<Double>.size)
        for row in rows {
            for column in 0..<width {
                let bits = (row.isEmpty ? Double.nan : row[column]).bitPattern
                for shift in stride(from: 0, to: 64, by: 8) {
                    bytes.append(UInt8(truncatingIfNeeded: bits &>> UInt64(shift)))
                }
            }
        }
        try StateFile.write(path, bytes)
        return ["rows": .int(Int64(count)), "width": .int(Int64(width))]
    }
}

extension ScorePass.Figures {
    var rate: Double { Double(records) / (Double(max(1, nanoseconds)) / 1e9) }

    var json: JSONValue {
        var fields: [String: JSONValue] = [
            "records": .int(Int64(records)), "seconds": .double(Double(nanoseconds) / 1e9),
            "records_per_s": .double(rate), "checksum": .double(checksum),
            "faults": .int(Int64(faults)),
        ]
        fields["allocations"] = allocations.map { .int(Int64($0)) }
        return .object(fields)
    }
}
