internal import Lifecycle

/// How a log writes what it cannot write as it is.
package enum LogEscape: String, Sendable, Codable, CaseIterable {
    /// Apache's, and nginx's `escape=default`: `\xHH`, `\"`, `\\`, `\n` …
    case backslash = "default"
    /// nginx's `escape=json`.
    case json
}

/// How the lines of a log are written: `input.log` of the configuration.
package enum LogFormat: Sendable, Equatable, Codable {
    /// A LogFormat string of Apache's.
    case apache(String)
    /// A log_format of nginx's.
    case nginx(String, escape: LogEscape)

    /// The formats that have a name; `vhost_combined` is Debian's.
    package static let named: [(name: String, format: LogFormat)] = [
        ("common", .apache(#"%h %l %u %t "%r" %>s %b"#)),
        ("combined", .apache(#"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-agent}i""#)),
        (
            "vhost_combined",
            .apache(#"%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-agent}i""#)
        ),
    ]

    /// The format of that name.
    ///
    /// - Throws: `LogFormatFault` for a name that none has.
    package init(named name: String) throws(LogFormatFault) {
        guard let found = Self.named.first(where: { $0.name == name }) else {
            let names = Self.named.map(\.name).joined(separator: ", ")
            throw LogFormatFault("no log format is called '\(name.shortened(to: 80))': \(names)")
        }
        self = found.format
    }

    /// The format that is given in one of the servers' words.
    ///
    /// - Parameter escape: of nginx, the word of its `escape=`; nil for `default`.
    /// - Throws: `LogFormatFault` for both or neither of them, and for an escape that is none.
    package init(apache: String?, nginx: String?, escape: String?) throws(LogFormatFault) {
        switch (apache, nginx) {
        case (let apache?, nil):
            guard escape == nil else {
                throw LogFormatFault("escape goes with nginx: Apache has one way to escape")
            }
            self = .apache(apache)
        case (nil, let nginx?):
            // With escape=none a client could write fields of its own.
            guard let escape = LogEscape(rawValue: escape ?? LogEscape.backslash.rawValue) else {
                throw LogFormatFault("escape is neither default nor json")
            }
            self = .nginx(nginx, escape: escape)
        case (nil, nil): throw LogFormatFault("neither apache nor nginx has a format")
        case (_?, _?): throw LogFormatFault("both apache and nginx have a format")
        }
    }

    var escape: LogEscape {
        switch self {
        case .apache: .backslash
        case .nginx(_, let escape): escape
        }
    }
}

/// Why a format string is refused.
package struct LogFormatFault: Error, Sendable, Equatable {
    package let reason: String
    /// The byte of the format string where the directive to blame begins, counted from 1.
    package let byte: Int?

    package init(_ reason: String, byte: Int? = nil) {
        self.reason = reason
        self.byte = byte
    }

    /// The fault in words.
    package var words: String { byte.map { "byte \($0): \(reason)" } ?? reason }
}
