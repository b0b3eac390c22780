import Inputs
import Lifecycle
import Scoring

/// A case of a log: its format, and for lines also a record and what is wanted of it.
enum LogCase {
    /// The bound of the cases' records.
    private static let recordBytes = 1 << 20

    static func format(of document: JSONValue) -> JSONValue {
        do throws(LogFormatFault) {
            _ = try LogPlan(try logFormat(of: document))
            return ["ok": true]
        } catch {
            return refusal(error)
        }
    }

    static func line(of document: JSONValue, act: String) throws(SwerveError) -> JSONValue {
        let plan: LogPlan
        do throws(LogFormatFault) {
            plan = try LogPlan(try logFormat(of: document))
        } catch {
            return refusal(error)
        }
        let names = document["numbers"]?.array?.compactMap(\.string) ?? []
        let log = LogSettings(
            plan: plan, idField: document["id_field"]?.string ?? LogSettings.idFieldDefault,
            scoresBadLines: false)
        let settings = InputSettings(
            format: .log(log), limitBytes: recordBytes, recordBytes: recordBytes)
        let decoder = try RecordDecoder(settings)
        let want = InputWant(.text, fieldNames: names, wantsParts: true)
        decoder.install(try PreparedWants([want], for: settings))
        if let reason = try decode(document, decoder, act: act) {
            return ["reason": .string(reason.code)]
        }
        let owned = OwnedInput(decoder.input, fieldNames: names)
        var fields = DecodedCases.text(owned.text ?? [])
        fields["parts"] =
            decoder.input.parts.map { parts in
                .array([parts.method, parts.path, parts.query].map { .int(Int64($0.count)) })
            } ?? .null
        var numbers: [String: JSONValue] = [:]
        for (place, name) in names.enumerated() {
            numbers[name] = unsafe DecodedCases.number(decoder.input.fields[place])
        }
        fields["fields"] = .object(numbers)
        if let escaped = unsafe decoder.id {
            let quote = UInt8(ascii: "\"")
            let text = unsafe [quote] + Array(escaped) + [quote]
            fields["id"] = try JSONValue(parsing: text, act: act)
        }
        return .object(fields)
    }

    private static func decode(
        _ document: JSONValue, _ decoder: RecordDecoder, act: String
    ) throws(SwerveError) -> RejectReason? {
        if document["null"]?.bool == true { return unsafe decoder.decode(nil) }
        let given =
            DecodedCases.bytes(base64: document["in_b64"])
            ?? document["in"]?.string.map { Array($0.utf8) }
        guard var record = given else {
            throw SwerveError(.invalid, act: act, reason: "neither in nor in_b64 is there")
        }
        // Long records are written as their beginning.
        if let count = document["fill"]?.int, count > record.count, count <= recordBytes * 2 {
            record += [UInt8](repeating: UInt8(ascii: "a"), count: count - record.count)
        }
        return decoder.decode(record.span)
    }

    private static func logFormat(of document: JSONValue) throws(LogFormatFault) -> LogFormat {
        guard let log = document["log"] else { throw LogFormatFault("there is no log format") }
        if let name = log.string { return try LogFormat(named: name) }
        return try LogFormat(
            apache: log["apache"]?.string, nginx: log["nginx"]?.string,
            escape: log["escape"]?.string)
    }

    private static func refusal(_ fault: LogFormatFault) -> JSONValue {
        var fields: [String: JSONValue] = ["reason": "bad_format"]
        fields["place"] = fault.byte.map { .int(Int64($0)) }
        return .object(fields)
    }
}
