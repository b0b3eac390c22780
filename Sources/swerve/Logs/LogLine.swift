import Lifecycle
import Logging

/// One line of the log, in the form that the configuration says.
struct LogLine: Equatable {
    /// The forms, as `log.format` names them.
    enum Form: String, CaseIterable, Sendable {
        case text, json
    }

    let level: Logger.Level
    let logger: String
    let message: String
    let metadata: [String: String]

    /// All of it but the time: what makes two lines the same fault.
    ///
    /// With the process that it is about: each end of a worker is news of its own.
    var kind: String {
        let about = metadata.sorted { $0.key < $1.key }
        return ([level.rawValue, logger] + about.map { "\($0.key)=\($0.value)" } + [message])
            .joined(separator: "\u{0}")
    }

    /// The line without its end, never with a line break inside.
    ///
    /// - Parameters:
    ///   - time: wall clock, milliseconds since 1970.
    ///   - untold: lines of the same kind that were not written since the last one.
    func text(_ form: Form, atMs time: Int64, untold: Int) -> String {
        switch form {
        case .text:
            let about = metadata.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }
            let more = untold > 0 ? " (and \(untold) such lines within a minute before)" : ""
            return
                "\(Timestamp.text(ofMs: time)) \(level) \(logger):\(about.joined()) \(message)\(more)"
                .printable
        case .json:
            var fields: [String: JSONValue] = [
                "at": .string(Timestamp.text(ofMs: time)), "level": .string(level.rawValue),
                "logger": .string(logger), "message": .string(message),
            ]
            for (key, value) in metadata where fields[key] == nil {
                fields[key] = Int64(value).map(JSONValue.int) ?? .string(value)
            }
            if untold > 0 { fields["untold"] = .int(Int64(untold)) }
            return JSONValue.object(fields).text
        }
    }
}
