import ArgumentParser
import Catalogue
import Lifecycle

/// What the worker's decoders make of cases of records.
struct DecodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decode",
        abstract: "Decode cases of records as a worker would, to compare with other decoders.",
        discussion: """
            Each line of the file is one case: of log_formats a "log" as in input.log, of log_lines \
            also "in" or "in_b64", "numbers" and "id_field". Writes {"id":…,"got":{…}} for each, with \
            the text, its parts, fields and id, or the reason why the record is refused. A case of \
            avro_schemas has "schema", "references" and its "schema_id" or "guid"; one of avro_records \
            "value_b64", "headers", and what is wanted in "plan", and its schemas are in \
            avro_schemas.jsonl beside the file; one of predictions has a "prediction" as JSON.
            """)

    @Argument(
        help: ArgumentHelp(
            "What the cases are: \(DecodedCases.Kind.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "kind"))
    var kind: DecodedCases.Kind

    @Argument(help: "JSON lines, plain or gzip; standard input without.")
    var file: String?

    func run() throws {
        try DecodedCases.read(kind, of: file) {
            Terminal.document($0)
            Terminal.endIfLost()
        }
    }
}

extension DecodedCases.Kind: ExpressibleByArgument {}
