package import Configuration
package import Inputs
package import Lifecycle

/// The form of records: `input` of a configuration, as text that a worker is handed.
package struct InputForm: Sendable, Equatable, Codable {
    package enum Format: String, Sendable, Codable, CaseIterable {
        case json, log, avro, text
    }

    /// Which fields of a request mean what; names may be dotted.
    package struct Fields: Sendable, Equatable, Codable {
        package var id = "id"
        package var method = "method"
        package var path = "path"
        package var query = "query"
        package var body = "body"
        package var text = "text"
        package var textBase64 = "text_b64"
        package var dense = "x"
        package var sparse = "svm"
        /// Who sent the request, where the configuration names the field.
        package var client: String?

        package init() {}
    }

    package var format = Format.json
    /// Of `log`: how its lines are written.
    package var log: LogFormat?
    /// Whether a line that is not of the format is scored, and marked.
    package var scoresBadLines = true
    /// Whether bytes in a string of JSON that are no UTF-8 are scored.
    package var scoresInvalidUTF8 = true
    package var fields = Fields()

    package init() {}

    /// What a configuration says, checked.
    ///
    /// - Throws: `.usage` that names the key, where its value comes from, and what is allowed.
    package init(_ configuration: Configuration) throws(SwerveError) {
        guard let format = Format(rawValue: try configuration.choice(.inputFormat)) else {
            throw configuration.wrong(.inputFormat, "is not supported by this version")
        }
        self.format = format
        fields.id =
            configuration.text(.fieldID)
            ?? (format == .log ? LogSettings.idFieldDefault : Fields().id)
        fields.method = try configuration.required(.fieldMethod)
        fields.path = try configuration.required(.fieldPath)
        fields.query = try configuration.required(.fieldQuery)
        fields.body = try configuration.required(.fieldBody)
        fields.text = try configuration.required(.fieldText)
        fields.textBase64 = try configuration.required(.fieldTextBase64)
        fields.dense = try configuration.required(.fieldDense)
        fields.sparse = try configuration.required(.fieldSparse)
        fields.client = configuration.given(.fieldClient)?.value
        scoresBadLines = try configuration.choice(.badLine) == Self.score
        scoresInvalidUTF8 = try configuration.choice(.invalidUTF8) == Self.score
        log = try Self.log(configuration, isWanted: format == .log)
        try checkClient(configuration)
    }

    /// A client that no record can name would leave the judge of canaries without any.
    private func checkClient(_ configuration: Configuration) throws(SwerveError) {
        guard let client = fields.client else { return }
        if format == .text {
            throw configuration.wrong(
                .fieldClient, "names a field, and records of input.format: text have none",
                remedy: "remove it: the record's key tells clients apart")
        }
        if let plan = try plan(), !plan.hasField(named: client) {
            throw configuration.wrong(
                .fieldClient, "is no field of the log's format",
                remedy: "name one that is, as remote_host or remote_addr")
        }
    }

    private static let score = "score"
    private static let logKeys: [ConfigurationKey] = [
        .inputLog, .inputLogApache, .inputLogNginx, .inputLogEscape,
    ]

    private static func log(
        _ configuration: Configuration, isWanted: Bool
    ) throws(SwerveError) -> LogFormat? {
        let given = logKeys.filter { configuration.given($0) != nil }
        guard isWanted else {
            guard let key = given.first else { return nil }
            throw configuration.wrong(
                key, "goes with input.format: log", remedy: "set input.format: log, or remove it")
        }
        guard let key = given.first else {
            throw configuration.wrong(
                .inputFormat, "needs the format of the lines",
                remedy: "give input.log: combined, or your server's format in input.log.apache or "
                    + "input.log.nginx")
        }
        do throws(LogFormatFault) {
            if given.contains(.inputLog), given.count == 1 {
                return try checked(LogFormat(named: configuration.text(.inputLog) ?? ""))
            }
            guard !given.contains(.inputLog) else {
                throw LogFormatFault("the format is given by its name and in words")
            }
            return try checked(
                LogFormat(
                    apache: configuration.text(.inputLogApache),
                    nginx: configuration.text(.inputLogNginx),
                    escape: configuration.given(.inputLogEscape)?.value))
        } catch {
            throw configuration.wrong(
                key, "is no log format to read requests by: \(error.words)",
                remedy: "give the format as your server has it, with the request within quotes")
        }
    }

    private static func checked(_ format: LogFormat) throws(LogFormatFault) -> LogFormat {
        _ = try LogPlan(format)
        return format
    }

    /// How records are read.
    ///
    /// - Parameter limitBytes: the most of a request.
    /// - Throws: `SwerveError.usage` for names of fields that do not go together.
    package func settings(
        limitBytes: Int = Limits.requestBytesMax
    ) throws(SwerveError) -> InputSettings {
        InputSettings(
            format: try recordFormat(), limitBytes: limitBytes,
            scoresInvalidUTF8: scoresInvalidUTF8)
    }

    /// How lines of a file are read: as the records of a topic, but for Avro, of which a file holds
    /// no lines: they are JSON of the same fields.
    ///
    /// - Throws: as `settings`.
    package func lineSettings() throws(SwerveError) -> InputSettings {
        var form = self
        if form.format == .avro { form.format = .json }
        return try form.settings()
    }

    /// The one place where the form gets its decoder's settings.
    private func recordFormat() throws(SwerveError) -> InputSettings.Format {
        switch format {
        case .json: return .json(try inputFields())
        case .avro: return .avro(try inputFields())
        case .text: return .text
        case .log:
            guard let plan = try plan() else {
                throw SwerveError(
                    .usage, act: "reading input.log", reason: "it is missing",
                    remedy: "give input.log: combined, or your server's format")
            }
            return .log(
                LogSettings(
                    plan: plan, idField: fields.id, clientField: fields.client,
                    scoresBadLines: scoresBadLines))
        }
    }

    private func inputFields() throws(SwerveError) -> InputFields {
        try InputFields(
            id: fields.id, method: fields.method, path: fields.path, query: fields.query,
            body: fields.body, text: fields.text, textBase64: fields.textBase64,
            dense: fields.dense, sparse: fields.sparse, client: fields.client)
    }

    private func plan() throws(SwerveError) -> LogPlan? {
        guard let log else { return nil }
        do throws(LogFormatFault) {
            return try LogPlan(log)
        } catch {
            throw SwerveError(.usage, act: "reading input.log", reason: error.words)
        }
    }

    /// What is read differently from how it was sent; nil where nothing is.
    package func warning() throws(SwerveError) -> String? {
        guard let fields = try plan()?.rewrittenFields, !fields.isEmpty else { return nil }
        return "input.log: \(fields.joined(separator: ", ")) is what the server made of the path "
            + "(decoded, rewritten), and not what was sent: an attack may not be seen; log the "
            + "request itself, as %r or $request"
    }
}
