/// Which failure an error is, and of what: for code that words what its reader can do.
///
/// The rooms below the commands know no commands: a person at a terminal is told which to type, a
/// page has its own words, and an HTTP client gets kind and objects as they are.
package struct Problem: Sendable, Equatable, Codable {
    /// One rule that was broken, or one thing that is missing.
    ///
    /// The raw values are part of what clients see: none is ever given another meaning.
    package enum Kind: String, Sendable, CaseIterable, Codable {
        // The registry's file.
        case registryNameInvalid = "registry-name-invalid"
        case registryNotFound = "registry-not-found"
        case registryFolderNotFound = "registry-folder-not-found"
        /// A file of somebody else's, or none that SQLite can read.
        case notARegistry = "not-a-registry"
        /// Made by an older swerve, and not brought up to date yet.
        case schemaBehind = "schema-behind"
        /// A table, an index or a trigger is not as the migrations make it.
        case schemaChanged = "schema-changed"
        /// Changes lie beside the file, which this user may not bring into it.
        case unfinishedWrite = "unfinished-write"
        /// The file has no byte in it.
        case registryEmptied = "registry-emptied"
        /// Beside the file lies the write-ahead log of another.
        case foreignLog = "foreign-log"
        /// Somebody has it open.
        case registryInUse = "registry-in-use"
        /// Somebody has been writing it for longer than others wait.
        case registryLocked = "registry-locked"
        /// A backup of another registry than the one in its place, or one that its audit chain does
        /// not bear out.
        case backupDoubtful = "backup-doubtful"
        /// Readers keep the file from shrinking.
        case spaceInUse = "space-in-use"
        case fileExists = "file-exists"
        /// No room is left on the volume of `path`; nothing was changed.
        case diskFull = "disk-full"

        /// A hub leads the registry, and changes go through it.
        case hubLeads = "hub-leads"
        /// This hub does not lead the registry, or does not any more.
        case hubNotLeading = "hub-not-leading"
        /// Who asks has not the role for it, or not for this model.
        case rightLacking = "right-lacking"
        /// The same key came with another request before.
        case requestKeyReused = "idempotency-key-reused"
        /// The same request is being carried out.
        case requestAtWork = "request-at-work"
        /// The same request was carried out, and what was answered is not known any more.
        case requestAnswerLost = "request-answer-lost"
        case tokenNotFound = "token-not-found"

        /// A file that the configuration names cannot be used; processes that live look again.
        case namedFileUnusable = "named-file-unusable"

        // Versions, artifacts, aliases.
        case noModels = "no-models"
        case modelNotFound = "model-not-found"
        case versionNotFound = "version-not-found"
        case artifactNotFound = "artifact-not-found"
        /// The files of an archived version were removed.
        case filesCollected = "files-collected"
        case versionArchived = "version-archived"
        case alreadyArchived = "already-archived"
        case notArchived = "not-archived"
        /// An alias names the version.
        case versionHasAlias = "version-has-alias"
        case versionIsCandidate = "version-is-candidate"
        case aliasNotFound = "alias-not-found"
        case aliasDangling = "alias-dangling"
        case aliasUnchanged = "alias-unchanged"
        case tooManyAliases = "too-many-aliases"
        case annotationEmpty = "annotation-empty"

        // Deployments.
        /// The deployment is at another epoch than the caller decided upon.
        case epochMoved = "epoch-moved"
        /// The version reads, does or says something else than the stable one.
        case contractDiffers = "contract-differs"
        case announcementMissing = "announcement-missing"
        case neverPromoted = "never-promoted"
        /// The version that is asked for is live.
        case liveAlready = "live-already"
        /// It is stable, and a candidate runs beside it.
        case candidateRuns = "candidate-runs"
        /// The candidate runs in that mode and share.
        case trialRunsAlready = "trial-runs-already"
        case noCandidate = "no-candidate"
        /// A rollback uses the previous version up.
        case noPreviousVersion = "no-previous-version"
        /// Neither stable, candidate nor previous.
        case versionNotDeployed = "version-not-deployed"
        case settingsUnchanged = "settings-unchanged"

        // Rollouts.
        /// Somebody else has changed the rollout since it was read.
        case rolloutMoved = "rollout-moved"
        /// The model has none, or none that is not over.
        case rolloutNotFound = "rollout-not-found"
        /// Who only observes finds nothing to observe.
        case candidateNotOnTrial = "candidate-not-on-trial"
        /// Workers ask for signatures, and nobody signs the plan of a rollout that is to begin.
        case rolloutUnsigned = "rollout-unsigned"
        /// Its plan was signed, or was not, so that workers would not believe the next step.
        case rolloutMandateOver = "rollout-mandate-over"
        /// Its plan is signed, and whoever goes on with it has no key.
        case rolloutKeyMissing = "rollout-key-missing"
        /// A key that may sign more than a plan allows, for a loop that runs unattended.
        case rolloutKeyUnfit = "rollout-key-unfit"
        /// What a rollout took back is committed, and workers do not believe it.
        case retreatNotBelieved = "retreat-not-believed"
        /// It only observes, and the deployment is people's to change.
        case rolloutObserves = "rollout-observes"

        // Announcements.
        /// No broker answers, and nothing was changed.
        case brokersAway = "brokers-away"
        /// Workers would not believe what is to be announced, and nothing was changed.
        case workersRefuse = "workers-refuse"
        /// Committed, and not announced for a reason that passes.
        case notAnnounced = "not-announced"
        /// Committed, and not to be believed as it is signed.
        case announcementUnbelievable = "announcement-unbelievable"
        /// The control topic has another's word on the model, or one that is ahead.
        case topicSpokenFor = "topic-spoken-for"
        /// The same before a change, and nothing was changed.
        case registryNotSpeaking = "registry-not-speaking"
        /// The control topic's record is of a schema that only a newer swerve reads.
        case topicNewer = "topic-newer"
        /// What was announced is not what the topic has.
        case announcementLost = "announcement-lost"
        /// The control topic has no record of the model.
        case nothingToAdopt = "nothing-to-adopt"
        /// The control topic's record is this registry's own.
        case adoptedAlready = "adopted-already"
        /// The control topic's record is too far ahead, and believed by the trust at hand.
        case epochBelieved = "epoch-believed"
        /// The same, and whom workers believe is not known.
        case epochImplausible = "epoch-implausible"

        /// What workers with a trust file do not believe.
        case recordNotBelieved = "record-not-believed"
        /// The same of a controller, whose plan does not allow it.
        case mandateNotBelieved = "mandate-not-believed"
        /// The broker does not say when the record was appended.
        case appendTimeUnknown = "append-time-unknown"
        /// No signature of the artifact counts.
        case artifactNotTrusted = "artifact-not-trusted"

        // Topics.
        case topicNotFound = "topic-not-found"
        /// The brokers give the user of these credentials no right to it.
        case rightMissing = "right-missing"
        /// A partition cannot have more replicas than there are brokers.
        case tooFewBrokers = "too-few-brokers"
        /// There is no dead letter at that offset.
        case letterNotFound = "letter-not-found"

        // Keys.
        /// A file is there, where a private key was to be written.
        case keyFileExists = "key-file-exists"
        /// A file holds no private key.
        case keyFileGarbled = "key-file-garbled"
        case keyNotFound = "key-not-found"
        /// The key that is to sign is not known.
        case signerNotFound = "signer-not-found"
        case keyRevoked = "key-revoked"
        /// The key may not sign this.
        case keyLacksRole = "key-lacks-role"
        case keyWithoutRole = "key-without-role"
        /// The private key is not the one whose public half is known by the name.
        case keyMismatch = "key-mismatch"
        case publicKeyKnown = "public-key-known"
        case publicKeyGarbled = "public-key-garbled"

        // Webhooks.
        case webhookNotFound = "webhook-not-found"
        case deliveryNotFound = "delivery-not-found"
        /// Its address is of no public network.
        case webhookPrivate = "webhook-private"

        // What the audit chain does not bear out.
        case auditContradicts = "audit-contradicts"
        case keysContradicted = "keys-contradicted"

        // Files to register.
        /// The model does not say how a request becomes numbers; a spec that would fit is the
        /// example.
        case featurizerMissing = "featurizer-missing"
        /// The model says itself how its input becomes features.
        case featurizerSuperfluous = "featurizer-superfluous"
        /// The spec makes far more features than the model has weights for.
        case featurizerTooWide = "featurizer-too-wide"
        case goldenInputsEmpty = "golden-inputs-empty"
        /// A parameter is given that the manifest of an exported folder has already.
        case saidByManifest = "said-by-manifest"
        /// Two classes would have one name.
        case labelMissing = "label-missing"

        // Processes.
        /// A worker that no supervisor started.
        case notSupervised = "not-supervised"

        // A demo.
        case demoModelsNotFound = "demo-models-not-found"
        /// Two versions are the same.
        case sameArtifact = "same-artifact"
        /// A development broker makes no topics, and the demo's have names of their own.
        case demoOnDevelopmentBroker = "demo-on-development-broker"
        case demoTopicsNotMade = "demo-topics-not-made"
        case demoTooLong = "demo-too-long"
        case faultNotPlanted = "fault-not-planted"
    }

    /// What an object is to the problem.
    package enum Object: String, Sendable, CaseIterable, Codable, CodingKeyRepresentable {
        case model
        /// `MODEL@V`.
        case version
        case alias, key, role, path, epoch, topic
        /// Where a hub answers.
        case address
        /// Of a candidate: `canary`, `shadow`.
        case mode
        /// A digest, with its `sha256:`.
        case artifact
        /// What somebody gave, or should, by its name.
        case parameter
        case example
        /// What any reader can do, where there is more for some.
        case remedy
    }

    package let kind: Kind
    package let objects: [Object: String]

    package init(_ kind: Kind, _ objects: [Object: String] = [:]) {
        self.kind = kind
        self.objects = objects
    }

    /// The object's name; `?` where the problem has none such.
    package subscript(object: Object) -> String { objects[object] ?? "?" }
}
