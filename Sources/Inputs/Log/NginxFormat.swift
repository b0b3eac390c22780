/// Cuts nginx's log_format strings into literals and fields.
enum NginxFormat {
    /// What a variable is called beside its own name.
    private static let others: [String: [String]] = [
        "body_bytes_sent": ["bytes"], "request_length": ["bytes_received"],
        "request_uri": ["target"], "server_protocol": ["protocol"], "uri": ["path"],
        "document_uri": ["path"], "args": ["query"], "query_string": ["query"],
        "time_local": ["time"], "time_iso8601": ["time"], "msec": ["time"],
    ]

    private static let units: [String: LogUnit] = [
        "time_local": .commonTime, "time_iso8601": .isoTime,
    ]

    /// - Throws: `LogFormatFault` for a `$` that begins no variable.
    static func tokens(of format: String) throws(LogFormatFault) -> [LogToken] {
        let bytes = Array(format.utf8)
        var tokens: [LogToken] = []
        var at = 0
        while at < bytes.count {
            guard bytes[at] == UInt8(ascii: "$") else {
                tokens.add([bytes[at]])
                at += 1
                continue
            }
            let isBraced = at + 1 < bytes.count && bytes[at + 1] == UInt8(ascii: "{")
            let start = at + (isBraced ? 2 : 1)
            var end = start
            while end < bytes.count, isName(bytes[end]) { end += 1 }
            let isClosed = !isBraced || (end < bytes.count && bytes[end] == UInt8(ascii: "}"))
            guard end > start, isClosed else {
                throw LogFormatFault(
                    "a $ begins no variable: names are a-z, 0-9 and _ (byte \(at + 1))")
            }
            let name = String(decoding: bytes[start..<end], as: UTF8.self)
            var field = LogField(
                [name] + (others[name] ?? []), units[name] ?? .number(1), spelling: "$" + name)
            field.isRewritten = name == "uri" || name == "document_uri"
            tokens.append(.field(field))
            at = end + (isBraced ? 1 : 0)
        }
        return tokens
    }

    private static func isName(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5F
    }
}
