import Lifecycle

/// The table of keys, in the order in which people read it.
extension ConfigurationKey {
    package var row: KeyRow {
        switch self {
        case .model: KeyRow(.text, .required, [.serve], "the model to serve")
        case .start:
            KeyRow(
                .choice(["earliest", "latest"]), .required, [.serve],
                "where a new group begins; an offset out of range later stops the service")
        case .group:
            KeyRow(.text, .derived("the model"), [.serve], "the consumer group")
        case .namePrefix:
            KeyRow(
                .text, .nothing, [.serve, .commands],
                "before the names at the brokers that are not the group's: the groups "
                    + "`swerve-reader` and `GROUP.replay`, the transactional ids "
                    + "`swerve-outbox-ID` and `GROUP.replay-0-stream`")
        case .registry:
            KeyRow(
                .file, .value("./swerve.db"), [.serve, .commands], option: "--registry",
                "the registry's file")
        case .artifacts:
            KeyRow(
                .text, .derived("the registry"), [.serve],
                "the registry file that workers load versions from, or a URL with `{digest}` in it: "
                    + "`https:`, `http:` or `file:`")
        case .artifactsTokenFile, .artifactsCAFile, .artifactsCertificateFile, .artifactsKeyFile:
            artifactsRow
        case .state:
            KeyRow(
                .file, .value("./state"), [.serve],
                "the folder of each slot's last good deployment, of what it served, and of the "
                    + "artifact cache")
        case .slotsTotal:
            KeyRow(
                .integerOrWord(1...Limits.slots, "auto"), .value("1"), [.serve],
                "slots of the whole group; with `auto` the group is whoever is alive")
        case .slotsFirst:
            KeyRow(
                .integer(0...Limits.slots), .value("0"), [.serve],
                "the first slot that is here")
        case .slotsCount:
            KeyRow(
                .integer(1...Limits.slots),
                .derived(
                    "`slots.total - slots.first`; with `slots.total: auto` the processors here"),
                [.serve],
                "how many slots are here; a cgroup's quota bounds the processors")
        case .slotFrom:
            KeyRow(
                .choice(["hostname"]), .nothing, [.serve],
                "with `hostname`, `slots.first` is the number at the end of the host's name, times "
                    + "`slots.count`")
        case .assignment:
            KeyRow(
                .choice(["static", "dynamic", "fixed"]), .value("static"), [.serve],
                "`static` or `dynamic` membership of the group, or `fixed`: partition modulo total")
        case .delivery, .commit, .commitInterval, .commitRecords: deliveryRow
        case .scoringThreads:
            KeyRow(
                .integerOrWord(1...Limits.scoringThreads, "auto"), .value("1"), [.serve],
                "threads of a worker that score: `1` is its poll thread alone, more score beside "
                    + "it; `auto` takes this machine's processors by `slots.count`, where scoring "
                    + "a poll takes 0.3 ms or more")
        case .topicInput, .topicOutput, .topicDeadLetters, .topicControl, .topicStatus,
            .topicLedger, .topicCorrections:
            topicRow
        case .inputFormat, .inputLog, .inputLogApache, .inputLogNginx, .inputLogEscape, .badLine,
            .invalidUTF8, .fieldID, .fieldMethod, .fieldPath, .fieldQuery, .fieldBody,
            .fieldText, .fieldTextBase64, .fieldDense, .fieldSparse, .fieldClient:
            inputRow
        case .outputHeaders:
            KeyRow(
                .list, .nothing, [.serve],
                "names of headers that predictions get from their records, as in `traceparent`; at "
                    + "most \(Limits.copiedHeaders) names, and "
                    + "\(Limits.copiedHeadersOfRecord) headers and \(Limits.copiedHeaderBytes) "
                    + "bytes of them a prediction")
        case .outputOf:
            KeyRow(
                .boolean, .value("true"), [.serve],
                "whether predictions in JSON name the class that score and probability speak of "
                    + "(`\"of\":\"attack\"`), where there are two")
        case .outputFormat, .outputRegister, .schemaRegistryURL, .schemaRegistryUser,
            .schemaRegistryPasswordFile, .schemaRegistryPassword, .schemaRegistryBearerFile,
            .schemaRegistryBearer, .schemaRegistryHeaders, .schemaRegistryCA,
            .schemaRegistryCertificate, .schemaRegistryKey, .schemaRegistryTimeout, .parkedBytes:
            schemaRegistryRow
        case .deadLettersAtBound:
            KeyRow(
                .choice(["exit", "hold"]), .value("exit"), [.serve],
                "at the bound of dead letters the service ends with code 75 (`exit`), or its "
                    + "processes stay, not ready, and read nothing (`hold`)")
        case .requestBytes, .maxAge, .deadLetterPercent, .shadowPercent, .drainMs,
            .uncommittedRecords, .uncommittedMs:
            limitRow
        case .mask:
            KeyRow(
                .list, .nothing, [.commands],
                "fields of a record that `score --explain`, `dead-letters show` and the hub's pages do "
                    + "not show; may be dotted")
        case .trust:
            KeyRow(
                .file, .nothing, [.serve, .commands], option: "--trust",
                "a file of public keys: only deployments that one of them signed are served")
        case .trustArtifacts:
            KeyRow(
                .choice(["optional", "required"]), .value("optional"), [.serve],
                "whether artifacts must be signed as well")
        case .signingKey:
            KeyRow(
                .file, .nothing, [.commands], option: "--sign-with",
                "the private key that changes of a deployment are signed with")
        case .statusSignWith:
            KeyRow(
                .file, .nothing, [.serve],
                "the private key, of the role report, that workers sign their heartbeats with")
        case .groups:
            KeyRow(
                .list, .nothing, [.commands],
                "the consumer groups that `--wait` waits for and `status` expects; without, all that "
                    + "were heard; also `--group`")
        case .http:
            KeyRow(
                .text, .value("127.0.0.1:9464"), [.serve],
                "where metrics and health of this host are served, `HOST:PORT`, or `none`")
        case .hubURL, .hubCA, .hubListen, .hubLease, .hubOpen, .hubRequests, .hubIssuer,
            .hubAudience, .hubClaim, .hubName, .hubRoles, .hubIssuerCA, .hubClientID,
            .hubClientSecretFile, .hubClientSecret, .hubScopes, .hubPublicURL, .hubCertificate,
            .hubKey:
            hubRow
        case .logFormat:
            KeyRow(
                .choice(["text", "json"]), .value("text"), [.serve, .hub],
                "a line of the log as text, or as a JSON document; after SIGHUP for the workers "
                    + "alone")
        case .logLevel:
            KeyRow(
                .choice(["debug", "info", "warning", "error"]), .value("info"), [.serve, .hub],
                "from which level on lines are logged; SIGUSR1 to `swerve serve` goes a level "
                    + "further, to `debug` and `trace`, and then back")
        case .development:
            KeyRow(
                .boolean, .value("false"), [.serve],
                "for the development broker: no check of compaction")
        case .bootstrap:
            KeyRow(
                .text, .required, [.serve, .topicsCreate, .commands], option: "--bootstrap",
                "the brokers, `HOST:PORT[,…]`")
        }
    }

    private var deliveryRow: KeyRow {
        switch self {
        case .delivery:
            KeyRow(
                .choice(["at-least-once", "exactly-once"]), .value("at-least-once"), [.serve],
                "`at-least-once`, or `exactly-once`: transactions, for members of the group")
        case .commit:
            KeyRow(
                .choice(["async", "sync"]), .value("async"), [.serve],
                "at least once: offsets are committed in the background (`async`), or the next "
                    + "poll waits for each commit (`sync`)")
        case .commitInterval:
            KeyRow(
                .integer(1...5_000), .derived("`100`; `500` for exactly-once"), [.serve],
                "milliseconds between two commits; of exactly-once, a transaction's length")
        case .commitRecords:
            KeyRow(
                .integer(1...10_000_000), .value("50000"), [.serve],
                "records after which a commit does not wait for its interval")
        default: preconditionFailure("\(rawValue) has no row among those of the delivery")
        }
    }

    private var artifactsRow: KeyRow {
        switch self {
        case .artifactsTokenFile:
            KeyRow(
                .file, .nothing, [.serve],
                "a file with a token for the server of `artifacts`, read at each request")
        case .artifactsCAFile:
            KeyRow(
                .file, .derived("the system's"), [.serve],
                "certificates in PEM that the server of `artifacts` is believed by")
        case .artifactsCertificateFile:
            KeyRow(
                .file, .nothing, [.serve],
                "a certificate in PEM that workers show the server of `artifacts`")
        case .artifactsKeyFile:
            KeyRow(.file, .nothing, [.serve], "the private key of that certificate, in PEM")
        default: preconditionFailure("\(rawValue) has no row among those of artifacts")
        }
    }

    private var topicRow: KeyRow {
        switch self {
        case .topicInput:
            KeyRow(
                .topic, .value("raw_requests"), [.serve, .topicsCreate, .commands],
                "the records to score")
        case .topicOutput:
            KeyRow(.topic, .value("predictions"), [.serve, .topicsCreate], "the predictions")
        case .topicDeadLetters:
            KeyRow(
                .topic, .value("predictions.dlq"), [.serve, .topicsCreate, .commands],
                option: "--dead-letter-topic",
                "records that cannot be scored, in any number of partitions; `none` drops them")
        case .topicControl:
            KeyRow(
                .topic, .value("swerve.control"), [.serve, .topicsCreate, .commands],
                option: "--control-topic", "the deployments")
        case .topicStatus:
            KeyRow(
                .topic, .value("swerve.status"), [.serve, .topicsCreate, .commands],
                option: "--status-topic", "what each slot serves")
        case .topicLedger:
            KeyRow(
                .topic, .value("swerve.ledger"), [.serve, .topicsCreate, .commands],
                option: "--ledger-topic",
                "what each slot took up, and from which offset to which; `none` writes none")
        case .topicCorrections:
            KeyRow(
                .topic, .value("predictions.corrections"), [.topicsCreate, .commands],
                "corrections of predictions, which `swerve impact --correct` writes")
        default: preconditionFailure("\(rawValue) has no row among the topics")
        }
    }

    private var inputRow: KeyRow {
        switch self {
        case .inputFormat:
            KeyRow(
                .choice(["json", "log", "text", "avro"]), .value("json"), [.serve, .commands],
                "the form of a record: a `json` object, a line of a `log` of Apache or nginx, the "
                    + "`text` itself, or `avro` by a schema registry")
        case .inputLog:
            KeyRow(
                .choice(["common", "combined", "vhost_combined"]), .nothing, [.serve, .commands],
                "the format of a log by its name; another one stands in `input.log.apache` or "
                    + "`input.log.nginx`")
        case .inputLogApache:
            KeyRow(
                .text, .nothing, [.serve, .commands],
                "the format of a log as in Apache's LogFormat")
        case .inputLogNginx:
            KeyRow(
                .text, .nothing, [.serve, .commands],
                "the format of a log as in nginx's log_format")
        case .inputLogEscape:
            KeyRow(
                .choice(["default", "json"]), .value("default"), [.serve, .commands],
                "nginx's `escape=` of that log_format")
        case .badLine:
            KeyRow(
                .choice(["score", "dead-letter"]), .value("score"), [.serve, .commands],
                "a line that is not of the log's format is scored as a whole, and marked "
                    + "`malformed` (`score`), or refused (`dead-letter`)")
        case .invalidUTF8:
            KeyRow(
                .choice(["score", "dead-letter"]), .value("score"), [.serve, .commands],
                "of JSON: bytes in a string that are no UTF-8 are scored as they are (`score`), or "
                    + "the record is refused (`dead-letter`)")
        case .fieldID:
            KeyRow(
                .text, .derived("`id`; of a log `request_id`"), [.serve, .commands],
                "the field that holds a request's id; may be dotted")
        case .fieldMethod: field("method", "its method")
        case .fieldPath: field("path", "its path")
        case .fieldQuery: field("query", "its query")
        case .fieldBody: field("body", "its body")
        case .fieldText: field("text", "a text that stands for a request as it is")
        case .fieldTextBase64: field("text_b64", "the same in base64")
        case .fieldDense: field("x", "the numbers of all features")
        case .fieldSparse: field("svm", "those of some, in LIBSVM's text")
        case .fieldClient:
            KeyRow(
                .text, .derived("`client` of Avro; else none"), [.serve, .commands],
                "the field that holds who sent the request, may be dotted; where it is named, a "
                    + "canary's judge takes the requests of one client for one group, and else "
                    + "those of one record key")
        default: preconditionFailure("\(rawValue) has no row among the input's keys")
        }
    }

    private func field(_ name: String, _ what: String) -> KeyRow {
        KeyRow(
            .text, .value(name), [.serve, .commands],
            "the field that holds \(what); may be dotted")
    }

    private static let longestMs: Int64 = 3_650 * 86_400_000

    private var limitRow: KeyRow {
        switch self {
        case .requestBytes:
            KeyRow(
                .integer(1...Limits.requestBytesMax), .value("\(Limits.requestBytes)"), [.serve],
                "bytes of a request's text; a longer one is scored by its beginning, and marked "
                    + "`truncated`")
        case .maxAge:
            KeyRow(
                .duration(1...Self.longestMs), .nothing, [.serve],
                "records written longer ago are passed over, as in `10m`: no prediction, no dead "
                    + "letter")
        case .deadLetterPercent:
            KeyRow(
                .integer(0...100), .value("50"), [.serve],
                "the share of the last 1,000 records above which dead letters that operators cause "
                    + "stop the service")
        case .shadowPercent:
            KeyRow(
                .integer(0...100), .value("25"), [.serve],
                "the most of each scoring thread that a shadow may take")
        case .drainMs:
            KeyRow(
                .integer(100...600_000), .value("10000"), [.serve],
                "milliseconds that a stop or a revocation waits for what is out")
        case .uncommittedRecords:
            KeyRow(
                .integer(1...10_000_000), .value("200000"), [.serve],
                "at least once: records of a worker that may be uncommitted; no more are polled")
        case .uncommittedMs:
            KeyRow(
                .integer(10...600_000), .value("250"), [.serve],
                "at least once: milliseconds that a record may be uncommitted; no more are polled")
        default: preconditionFailure("\(rawValue) has no row among the limits")
        }
    }
}
