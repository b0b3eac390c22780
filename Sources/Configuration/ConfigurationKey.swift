import Lifecycle

/// Every key of the configuration but librdkafka's own; its row says all that there is to know
/// about it.
///
/// A new key is a case here and a row in `KeyTable.swift`; the file, the environment, `--set`,
/// `serve --check` and the schema for editors follow from these two. The page's table is what
/// `swerve config keys` prints; a test compares.
package enum ConfigurationKey: String, CaseIterable, Sendable {
    case model, start, group
    case namePrefix = "name_prefix"
    case registry, artifacts
    /// Keys of their own, not nested under `artifacts`.
    case artifactsTokenFile = "artifacts.token_file"
    case artifactsCAFile = "artifacts.ca_file"
    case artifactsCertificateFile = "artifacts.certificate_file"
    case artifactsKeyFile = "artifacts.key_file"
    case state
    case slotsTotal = "slots.total"
    case slotsFirst = "slots.first"
    case slotsCount = "slots.count"
    case slotFrom = "slot_from"
    case assignment, delivery, commit
    /// Keys of their own, not nested under `commit`.
    case commitInterval = "commit.interval_ms"
    case commitRecords = "commit.records"
    case scoringThreads = "scoring_threads"
    case topicInput = "topics.input"
    case topicOutput = "topics.output"
    case topicDeadLetters = "topics.dead_letters"
    case topicControl = "topics.control"
    case topicStatus = "topics.status"
    case topicLedger = "topics.ledger"
    case topicCorrections = "topics.corrections"
    case inputFormat = "input.format"
    /// A key of its own, or the section of the three below it.
    case inputLog = "input.log"
    case inputLogApache = "input.log.apache"
    case inputLogNginx = "input.log.nginx"
    case inputLogEscape = "input.log.escape"
    case badLine = "input.bad_line"
    case invalidUTF8 = "input.invalid_utf8"
    case fieldID = "input.fields.id"
    case fieldMethod = "input.fields.method"
    case fieldPath = "input.fields.path"
    case fieldQuery = "input.fields.query"
    case fieldBody = "input.fields.body"
    case fieldText = "input.fields.text"
    case fieldTextBase64 = "input.fields.text_b64"
    case fieldDense = "input.fields.x"
    case fieldSparse = "input.fields.svm"
    case fieldClient = "input.fields.client"
    case outputHeaders = "output.headers"
    case outputFormat = "output.format"
    case outputRegister = "output.register"
    case outputOf = "output.of"
    case schemaRegistryURL = "schema_registry.url"
    case schemaRegistryUser = "schema_registry.basic.user"
    case schemaRegistryPasswordFile = "schema_registry.basic.password_file"
    case schemaRegistryPassword = "schema_registry.basic.password"
    case schemaRegistryBearerFile = "schema_registry.bearer_file"
    case schemaRegistryBearer = "schema_registry.bearer"
    case schemaRegistryHeaders = "schema_registry.headers"
    case schemaRegistryCA = "schema_registry.tls.ca"
    case schemaRegistryCertificate = "schema_registry.tls.certificate"
    case schemaRegistryKey = "schema_registry.tls.key"
    case schemaRegistryTimeout = "schema_registry.timeout_ms"
    case parkedBytes = "schema_registry.parked_bytes"
    case deadLettersAtBound = "dead_letters.at_bound"
    case requestBytes = "limits.request_bytes"
    case maxAge = "limits.max_age"
    case deadLetterPercent = "limits.dead_letter_percent"
    case shadowPercent = "limits.shadow_percent"
    case drainMs = "limits.drain_ms"
    case uncommittedRecords = "limits.uncommitted_records"
    case uncommittedMs = "limits.uncommitted_ms"
    case mask
    case trust
    /// A key of its own, not nested under `trust`.
    case trustArtifacts = "trust.artifacts"
    case signingKey = "signing_key"
    case statusSignWith = "status.sign_with"
    case groups
    case http
    case hubURL = "hub.url"
    case hubCA = "hub.ca"
    case hubListen = "hub.listen"
    case hubLease = "hub.lease_ms"
    case hubOpen = "hub.open"
    case hubRequests = "hub.requests"
    case hubIssuer = "hub.oidc.issuer"
    case hubAudience = "hub.oidc.audience"
    case hubClaim = "hub.oidc.claim"
    case hubName = "hub.oidc.name"
    case hubRoles = "hub.oidc.roles"
    case hubIssuerCA = "hub.oidc.ca_file"
    case hubClientID = "hub.oidc.client_id"
    case hubClientSecretFile = "hub.oidc.client_secret_file"
    case hubClientSecret = "hub.oidc.client_secret"
    case hubScopes = "hub.oidc.scopes"
    case hubPublicURL = "hub.public_url"
    case hubCertificate = "hub.tls.certificate"
    case hubKey = "hub.tls.key"
    case logFormat = "log.format"
    case logLevel = "log.level"
    case development
    case bootstrap = "kafka.bootstrap.servers"

    /// The environment variable: `slots.first` is SWERVE_SLOTS_FIRST.
    package var variable: String {
        switch self {
        case .bootstrap: "SWERVE_BOOTSTRAP"
        case .hubURL: "SWERVE_HUB"
        default:
            "SWERVE_" + rawValue.uppercased().map { $0 == "." ? "_" : String($0) }.joined()
        }
    }

    /// Whether its value stays out of everything that people and logs see.
    package var isSecret: Bool { SecretMask.isSecret(rawValue) }
}

/// What the table says of a key.
package struct KeyRow: Sendable {
    package enum Kind: Sendable, Equatable {
        case text
        /// A path, from the folder that the command runs in.
        case file
        /// A name that Kafka takes.
        case topic
        case boolean
        case integer(ClosedRange<Int>)
        /// The same, or a word in its place.
        case integerOrWord(ClosedRange<Int>, String)
        /// Names, in YAML a list, elsewhere with commas between them.
        case list
        /// URLs, in YAML one or a list, elsewhere with commas between them.
        case urls
        /// Names with values, in YAML a mapping, elsewhere NAME=VALUE with commas between them.
        case pairs
        /// A whole number with its unit, as in 500ms, 90s, 10m, 2h, 7d; the bounds are
        /// milliseconds.
        case duration(ClosedRange<Int64>)
        case choice([String])
    }

    package enum Fallback: Sendable, Equatable {
        case required
        /// Nothing: what the key stands for is not done.
        case nothing
        case value(String)
        /// What other keys say; in words.
        case derived(String)
    }

    package enum Reader: String, Sendable {
        /// `swerve serve`, which hands it to its workers.
        case serve
        case topicsCreate = "topics create"
        case hub
        /// Every command that opens the registry, or that talks to brokers.
        case commands
    }

    package let kind: Kind
    package let fallback: Fallback
    package let readers: [Reader]
    /// The option of its own that commands have for it, beside `--set`.
    package let option: String?
    package let meaning: String

    init(
        _ kind: Kind, _ fallback: Fallback, _ readers: [Reader], option: String? = nil,
        _ meaning: String
    ) {
        self.kind = kind
        self.fallback = fallback
        self.readers = readers
        self.option = option
        self.meaning = meaning
    }
}
