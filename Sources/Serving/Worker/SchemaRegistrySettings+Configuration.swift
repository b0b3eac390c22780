package import Configuration
package import Lifecycle
package import SchemaRegistry
import Transfer

/// What a configuration says of the schema registry: `schema_registry`.
extension SchemaRegistrySettings {
    /// Nil where neither records nor predictions are in Avro.
    ///
    /// - Throws: `.usage` that names the key, where its value comes from, and what is allowed.
    package init?(_ configuration: Configuration) throws(SwerveError) {
        let isNeeded =
            try [
                configuration.choice(.inputFormat), configuration.choice(.outputFormat),
            ].contains("avro")
        guard isNeeded else {
            if let key = Self.keys.first(where: { configuration.given($0) != nil }) {
                throw configuration.wrong(
                    key, "goes with input.format: avro or output.format: avro",
                    remedy: "set one of the two, or remove it")
            }
            return nil
        }
        self.init(urls: try Self.urls(configuration))
        try readCredentials(configuration)
        headers = try Self.headers(configuration)
        try readTLS(configuration)
        connection.totalMs = try configuration.integer(.schemaRegistryTimeout)
        parkedBytes = try configuration.integer(.parkedBytes)
    }

    private static let keys: [ConfigurationKey] = [
        .schemaRegistryURL, .schemaRegistryUser, .schemaRegistryPasswordFile,
        .schemaRegistryPassword, .schemaRegistryBearerFile, .schemaRegistryBearer,
        .schemaRegistryHeaders, .schemaRegistryCA, .schemaRegistryCertificate,
        .schemaRegistryKey, .schemaRegistryTimeout, .parkedBytes,
    ]

    private static func urls(_ configuration: Configuration) throws(SwerveError) -> [String] {
        let given = try configuration.urls(.schemaRegistryURL)
        guard !given.isEmpty else {
            let key: ConfigurationKey =
                try configuration.choice(.inputFormat) == "avro" ? .inputFormat : .outputFormat
            throw configuration.wrong(
                key, "needs a schema registry", remedy: "name it: schema_registry.url")
        }
        guard given.count <= urlsMax else {
            throw configuration.wrong(.schemaRegistryURL, "names more than \(urlsMax) urls")
        }
        var urls: [String] = []
        for text in given {
            let address: WebAddress
            do throws(SwerveError) {
                address = try WebAddress(text, act: "reading schema_registry.url")
            } catch {
                throw configuration.wrong(
                    .schemaRegistryURL, "cannot be used: \(error.reason)", remedy: error.remedy)
            }
            guard address.scheme != .file, !text.contains("?") else {
                throw configuration.wrong(
                    .schemaRegistryURL, "is no url of a schema registry",
                    remedy: "write it as in https://HOST:8081 or https://HOST/PATH, without a '?'")
            }
            var url = text
            while url.hasSuffix("/") { url.removeLast() }
            if !urls.contains(url) { urls.append(url) }
        }
        return urls
    }

    private mutating func readCredentials(_ configuration: Configuration) throws(SwerveError) {
        user = configuration.text(.schemaRegistryUser)
        password = try configuration.secret(.schemaRegistryPassword)
        passwordFile = configuration.text(.schemaRegistryPasswordFile)
        bearer = try configuration.secret(.schemaRegistryBearer)
        bearerFile = configuration.text(.schemaRegistryBearerFile)
        let (hasPassword, hasBearer) = (
            password != nil || passwordFile != nil, bearer != nil || bearerFile != nil
        )
        if user != nil, !hasPassword {
            throw configuration.wrong(
                .schemaRegistryUser, "has no password",
                remedy: "name a file that holds it: schema_registry.basic.password_file")
        }
        let passwordKey: ConfigurationKey =
            password == nil ? .schemaRegistryPasswordFile : .schemaRegistryPassword
        if hasPassword, user == nil {
            throw configuration.wrong(
                passwordKey, "has no user", remedy: "give schema_registry.basic.user")
        }
        if hasPassword, hasBearer {
            throw configuration.wrong(
                passwordKey, "does not go with a token", remedy: "give one of the two")
        }
        // A colon ends the user (RFC 7617, 2), and what ends a line would begin another header.
        for (key, text) in [
            (ConfigurationKey.schemaRegistryUser, user), (.schemaRegistryPassword, password),
            (.schemaRegistryBearer, bearer),
        ] {
            guard let text else { continue }
            let isLine = text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
            guard isLine, key != .schemaRegistryUser || !text.contains(":") else {
                throw configuration.wrong(key, "has a colon or a control character in it")
            }
        }
    }

    private static func headers(
        _ configuration: Configuration
    ) throws(SwerveError) -> [String: String] {
        var headers: [String: String] = [:]
        let origin = configuration.origin(of: .schemaRegistryHeaders)
        let isPublic = origin.isFile || origin == .option("--set")
        for (name, value) in try configuration.pairs(.schemaRegistryHeaders) {
            let isName =
                !name.isEmpty
                && name.utf8.allSatisfy { byte in
                    switch byte {
                    case 0x30...0x39, 0x61...0x7A, 0x2D, 0x5F, 0x2E: true
                    default: false
                    }
                }
            guard isName, value.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else {
                throw configuration.wrong(
                    .schemaRegistryHeaders, "holds what is no header line",
                    remedy: "names have letters, digits and '-', values printable ASCII")
            }
            guard !own.contains(name) else {
                throw configuration.wrong(
                    .schemaRegistryHeaders, "has \(name), which is the client's own",
                    remedy: "give credentials as schema_registry.basic or bearer_file")
            }
            guard !isPublic || !isSecret(name) else {
                throw configuration.wrong(
                    .schemaRegistryHeaders,
                    "has \(name), which looks like a secret, and everybody can read it here",
                    remedy: "set \(ConfigurationKey.schemaRegistryHeaders.variable)")
            }
            headers[name] = value
        }
        guard headers.count <= headersMax else {
            throw configuration.wrong(.schemaRegistryHeaders, "has more than \(headersMax) lines")
        }
        return headers
    }

    private static let own: Set = [
        "authorization", "proxy-authorization", "accept", "accept-encoding", "content-type",
        "content-length", "transfer-encoding", "host", "connection", "expect", "user-agent",
    ]
    private static let headersMax = 32

    private mutating func readTLS(_ configuration: Configuration) throws(SwerveError) {
        connection.caFile = configuration.text(.schemaRegistryCA)
        connection.certificateFile = configuration.text(.schemaRegistryCertificate)
        connection.keyFile = configuration.text(.schemaRegistryKey)
        let given: [ConfigurationKey] = [
            .schemaRegistryCA, .schemaRegistryCertificate, .schemaRegistryKey,
        ].filter { configuration.given($0) != nil }
        if let key = given.first, !urls.contains(where: { $0.lowercased().hasPrefix("https:") }) {
            throw configuration.wrong(
                key, "is for https, and schema_registry.url has none", remedy: "use https")
        }
        guard (connection.certificateFile == nil) == (connection.keyFile == nil) else {
            throw configuration.wrong(
                connection.keyFile == nil ? .schemaRegistryCertificate : .schemaRegistryKey,
                "needs the other one of certificate and key",
                remedy: "give schema_registry.tls.certificate and schema_registry.tls.key")
        }
    }
}
