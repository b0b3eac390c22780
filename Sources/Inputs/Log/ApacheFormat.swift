/// Cuts Apache's LogFormat strings into literals and fields.
struct ApacheFormat {
    private let bytes: [UInt8]
    private var at = 0
    private var tokens: [LogToken] = []

    /// - Throws: `LogFormatFault` with the byte of a directive that there is not.
    static func tokens(of format: String) throws(LogFormatFault) -> [LogToken] {
        var reader = ApacheFormat(bytes: Array(format.utf8))
        while reader.at < reader.bytes.count { try reader.step() }
        return reader.tokens
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// The names of fields by their directive.
    private static let names: [String: String] = [
        "h": "remote_host", "a": "remote_addr", "A": "local_addr", "l": "remote_logname",
        "u": "remote_user", "r": "request", "s": "status", "b": "bytes", "B": "bytes",
        "O": "bytes_sent", "I": "bytes_received", "S": "bytes_transferred",
        "X": "connection_status", "k": "keepalive_requests", "p": "server_port", "P": "pid",
        "v": "server_name", "V": "host", "m": "request_method", "U": "path", "q": "query",
        "H": "protocol", "f": "filename", "L": "log_id", "R": "handler",
    ]

    /// What stands before the argument in the name of a directive that has one.
    private static let prefixes: [String: String] = [
        "i": "http_", "o": "sent_http_", "C": "cookie_", "e": "env_", "n": "note_", "x": "x_",
        "^ti": "trailer_", "^to": "trailer_",
    ]

    private static let escapes: [UInt8: UInt8] = [
        UInt8(ascii: "n"): 0x0A, UInt8(ascii: "t"): 0x09, UInt8(ascii: "r"): 0x0D,
        UInt8(ascii: "\""): 0x22, UInt8(ascii: "\\"): 0x5C,
    ]

    private mutating func step() throws(LogFormatFault) {
        let byte = bytes[at]
        if byte == UInt8(ascii: "\\"), at + 1 < bytes.count {
            tokens.add(Self.escapes[bytes[at + 1]].map { [$0] } ?? Array(bytes[at...at + 1]))
            at += 2
        } else if byte == UInt8(ascii: "%") {
            try directive()
        } else {
            tokens.add([byte])
            at += 1
        }
    }

    private mutating func directive() throws(LogFormatFault) {
        let start = at
        at += 1
        while skipModifier() {}
        var argument: String?
        if peek == UInt8(ascii: "{") {
            guard let end = bytes[at...].firstIndex(of: UInt8(ascii: "}")) else {
                throw LogFormatFault("an argument does not end", byte: start + 1)
            }
            argument = String(decoding: bytes[(at + 1)..<end], as: UTF8.self)
            at = end + 1
            if isSide(peek) { at += 1 }
        }
        guard let name = letters() else { throw unknown(from: start) }
        if name == "%" { return tokens.add([UInt8(ascii: "%")]) }
        if name == "t", argument == nil {
            tokens.add([UInt8(ascii: "[")])
            tokens.append(.field(.init(["time_local", "time"], .commonTime, spelling: "%t")))
            return tokens.add([UInt8(ascii: "]")])
        }
        let spelling = String(decoding: bytes[start..<at], as: UTF8.self)
        guard var field = Self.field(name, argument, spelling) else { throw unknown(from: start) }
        field.isRewritten = name == "U"
        tokens.append(.field(field))
    }

    private static func field(
        _ name: String, _ argument: String?, _ spelling: String
    ) -> LogField? {
        if let prefix = prefixes[name], let argument {
            let plain = argument.lowercased().map { $0 == "-" ? "_" : String($0) }.joined()
            return LogField([prefix + plain], spelling: spelling)
        }
        switch (name, argument) {
        case ("t", let argument?):
            let last = argument.split(separator: ":", omittingEmptySubsequences: false).last ?? ""
            guard let divisor = ["sec": 1.0, "msec": 1e3, "usec": 1e6][String(last)] else {
                return LogField(["time_text"], spelling: spelling)
            }
            return LogField(["time"], .number(divisor), spelling: spelling)
        case ("T", _):
            guard let divisor = ["s": 1.0, "ms": 1e3, "us": 1e6][argument ?? "s"] else {
                return nil
            }
            return LogField(["request_time"], .number(divisor), spelling: spelling)
        case ("D", _): return LogField(["request_time"], .number(1e6), spelling: spelling)
        case ("^FB", nil): return LogField(["first_byte_time"], .number(1e6), spelling: spelling)
        case (_, let argument):
            guard argument == nil || ["a", "p", "P"].contains(name) else { return nil }
            return names[name].map { LogField([$0], spelling: spelling) }
        }
    }

    private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

    private func isSide(_ byte: UInt8?) -> Bool {
        byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">")
    }

    /// `<`, `>`, or a list of statuses as in `200,304` and `!200`.
    private mutating func skipModifier() -> Bool {
        if isSide(peek) {
            at += 1
            return true
        }
        var next = at
        if peek == UInt8(ascii: "!") { next += 1 }
        guard digits(from: &next) else { return false }
        while next < bytes.count, bytes[next] == UInt8(ascii: ",") {
            var behind = next + 1
            guard digits(from: &behind) else { break }
            next = behind
        }
        at = next
        return true
    }

    private func digits(from next: inout Int) -> Bool {
        let start = next
        while next < bytes.count, (0x30...0x39).contains(bytes[next]) { next += 1 }
        return next > start
    }

    /// A letter, `%`, or `^` and two letters.
    private mutating func letters() -> String? {
        let start = at
        var count = 1
        if peek == UInt8(ascii: "^") {
            at += 1
            count = 2
        } else if peek == UInt8(ascii: "%") {
            at += 1
            return "%"
        }
        for _ in 0..<count {
            guard let byte = peek, (0x41...0x5A).contains(byte & 0xDF), byte >= 0x41 else {
                return nil
            }
            at += 1
        }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    private func unknown(from start: Int) -> LogFormatFault {
        let spelling = String(decoding: bytes[start..<min(start + 24, bytes.count)], as: UTF8.self)
        return LogFormatFault("no directive of Apache's: '\(spelling)'", byte: start + 1)
    }
}
