import ArgumentParser
import Catalogue
import Inputs
import Lifecycle
import Platform
import Scoring
import Serving

/// What a record costs from its bytes on, in any form of input, on one thread and without Kafka.
struct DecodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decode",
        abstract: "Time records from their bytes: decoded, scored, and as predictions.",
        discussion: """
            Prints nanoseconds of the thread's processor time a record, one figure a round: for \
            decoding alone; with a model also for decoding and scoring, and for all that a worker \
            does, from the record's bytes to the prediction's. The three take turns. A record that \
            has no view or no score ends the run: what is refused early costs less.
            """)

    @Option(help: "The file with one record a line.")
    var file: String

    @Flag(help: "The lines are hexadecimal digits, two a byte of the record.")
    var hex = false

    @Option(help: "The form of the records, as input.format.")
    var format = InputForm.Format.json

    @Option(help: "Of log: the name of the lines' format, as input.log.")
    var log: String?

    @Option(help: "Of avro: the file with the schema of all records.")
    var schema: String?

    @Option(help: "Of avro: the id of that schema in the records.")
    var schemaID: Int32 = 1

    @Option(help: "A model file of any format that swerve register takes; without, texts are read.")
    var model: String?

    @Option(help: "The featurizer spec beside the model file, where it needs one.")
    var featurizer: String?

    @Option(help: "Read at most so many records.")
    var limit: Int?

    @Option(help: "How many rounds, after one that counts for nothing.")
    var rounds = 9

    func validate() throws {
        guard rounds > 0, limit.map({ $0 > 0 }) ?? true else {
            throw ValidationError("--rounds or --limit is below 1")
        }
        guard (format == .avro) == (schema != nil) else {
            throw ValidationError("--schema goes with --format avro, and that with --schema")
        }
    }

    func run() throws {
        MemoryPolicy.apply()
        let scorer = try model.map {
            try OfflineScorer.load(try ScoreSource.artifact(model: $0, featurizer: featurizer))
        }
        let lines = try RecordLines(path: file, areHex: hex)
        let pass = try DecodePass(lines, limit: limit, try input(), scorer, try writer())
        var found: [DecodePass.Way: [Double]] = [:]
        for round in 0...rounds {
            for way in pass.ways {
                let nanoseconds = pass.run(way)
                if let reason = pass.refusal {
                    throw SwerveError(
                        .invalid, act: "timing the records of \(file)",
                        reason: "\(pass.refused) of \(pass.count) are refused, the first one "
                            + "because \(reason)",
                        remedy: "leave them out of the file")
                }
                if round > 0 { found[way, default: []].append(nanoseconds) }
            }
        }
        var fields: [String: JSONValue] = [
            "format": .string(format.rawValue), "records": .int(Int64(pass.count)),
            "mean_bytes": .double(pass.mean(of: pass.recordBytes)),
            "mean_text_bytes": .double(pass.mean(of: pass.textBytes)),
            "mean_prediction_bytes": .double(pass.mean(of: pass.predictionBytes)),
            "marked": .int(Int64(pass.marked)),
        ]
        for (way, nanoseconds) in found {
            fields["\(way.rawValue)_ns"] = .array(nanoseconds.map { .double($0) })
        }
        Output.line(.object(fields))
    }

    private func writer() throws -> DecodePass.Writer? {
        guard let schema else { return nil }
        let text = SchemaText(try StateFile.read(schema, limit: SchemaText.textBytesMax))
        do throws(BadSchema) {
            return DecodePass.Writer(identity: .id(schemaID), schema: try AvroSchema(text))
        } catch {
            throw ValidationError("--schema: \(error.words)")
        }
    }

    private func input() throws -> InputSettings {
        var form = InputForm()
        form.format = format
        if let log {
            do throws(LogFormatFault) {
                form.log = try LogFormat(named: log)
            } catch {
                throw ValidationError("--log: \(error.words)")
            }
        }
        if format == .log { form.fields.id = LogSettings.idFieldDefault }
        return try form.settings()
    }
}

extension InputForm.Format: ExpressibleByArgument {}
