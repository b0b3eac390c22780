/// The rows of the keys of schemas, for records and predictions in Avro.
extension ConfigurationKey {
    var schemaRegistryRow: KeyRow {
        switch self {
        case .schemaRegistryURL:
            KeyRow(
                .urls, .nothing, [.serve],
                "where the schemas of Avro come from: the url of a schema registry, or a list of "
                    + "its members, asked in turn where one does not answer")
        case .schemaRegistryUser:
            KeyRow(.text, .nothing, [.serve], "the user that it is told")
        case .schemaRegistryPasswordFile:
            KeyRow(
                .file, .nothing, [.serve], "a file with that user's password, read at each call")
        case .schemaRegistryPassword:
            KeyRow(
                .text, .nothing, [.serve],
                "the password itself, from the environment alone: "
                    + "`SWERVE_SCHEMA_REGISTRY_BASIC_PASSWORD`")
        case .schemaRegistryBearerFile:
            KeyRow(.file, .nothing, [.serve], "a file with a token for it, read at each call")
        case .schemaRegistryBearer:
            KeyRow(
                .text, .nothing, [.serve],
                "the token itself, from the environment alone: `SWERVE_SCHEMA_REGISTRY_BEARER`")
        case .schemaRegistryHeaders:
            KeyRow(
                .pairs, .nothing, [.serve],
                "header lines that each call has, as in `{target-sr-cluster: lsrc-1}`; those "
                    + "with a secret from the environment alone")
        case .schemaRegistryCA:
            KeyRow(
                .file, .derived("the system's"), [.serve],
                "certificates in PEM that it is believed by")
        case .schemaRegistryCertificate:
            KeyRow(.file, .nothing, [.serve], "a certificate in PEM that it is shown")
        case .schemaRegistryKey:
            KeyRow(.file, .nothing, [.serve], "the private key of that certificate, in PEM")
        case .schemaRegistryTimeout:
            KeyRow(
                .integer(100...600_000), .value("10000"), [.serve],
                "milliseconds that one call may take, up to 3000 of them to connect")
        case .parkedBytes:
            KeyRow(
                .integer(1...(1 << 30)), .value("16777216"), [.serve],
                "bytes of records of a worker that may wait for their schemas; no more are polled")
        case .outputFormat:
            KeyRow(
                .choice(["json", "avro"]), .value("json"), [.serve],
                "the form of predictions: a `json` object, or `avro` by the schema registry")
        case .outputRegister:
            KeyRow(
                .boolean, .value("false"), [.serve],
                "whether a start registers the schema of predictions where the registry lacks it")
        default: preconditionFailure("\(rawValue) has no row among those of schemas")
        }
    }
}
