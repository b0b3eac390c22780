import ArgumentParser
import Configuration

/// How lines are read, where it is not as the configuration says.
struct InputOptions: ParsableArguments, KeyOptions {
    @Option(
        help: ArgumentHelp(
            "The field of a line that is the request's text; over input.fields.text.",
            valueName: "name"))
    var textField: String?

    var keys: [ConfigurationKey: String?] { [.fieldText: textField] }
}
