import Lifecycle

/// What a person at a terminal can do about a problem, in the words of this command line.
///
/// The one place where commands and flags are named for the errors of the rooms below. `{model}`
/// and the like stand for the objects of the problem.
enum Remedies {
    static func words(for problem: Problem) -> String {
        var words = ""
        var rest = template(for: problem.kind)[...]
        while let start = rest.firstIndex(of: "{"), let end = rest[start...].firstIndex(of: "}") {
            words += rest[..<start]
            let name = String(rest[rest.index(after: start)..<end])
            words += Problem.Object(rawValue: name).map { problem[$0] } ?? "{\(name)}"
            rest = rest[rest.index(after: end)...]
        }
        return words + rest
    }

    private static func template(for kind: Problem.Kind) -> String {
        switch kind {
        case .registryNameInvalid: "name the registry with --registry, as ./swerve.db"
        case .registryNotFound: "register a model first, or name another with --registry"
        case .registryFolderNotFound:
            "make the folder first, or name another registry with --registry"
        case .notARegistry: "name the registry with --registry"
        case .schemaBehind: "back it up (swerve registry backup), then: swerve registry migrate"
        case .schemaChanged:
            "nothing was changed; see all of it with swerve audit verify, \(compare)"
        case .unfinishedWrite:
            "let whoever may write the folder end what writes, or run: swerve registry migrate; or read "
                + "a copy: swerve registry backup"
        case .registryEmptied:
            "nothing was changed; put a backup in its place: swerve registry restore BACKUP --registry "
                + "{path}; where no registry ever was, remove the file"
        case .foreignLog:
            "nothing was changed; put the backup in its place once more, which moves the log out of the "
                + "way: swerve registry restore BACKUP --registry {path}"
        case .registryInUse: "stop it, and whatever else uses the registry; nothing was changed"
        case .backupDoubtful: "take another backup; or, if that is meant: --force"
        case .spaceInUse: "the file shrinks with the next swerve gc --delete"
        case .diskFull: "free space on the volume of {path}"
        case .registryLocked, .namedFileUnusable: "{remedy}"
        case .fileExists: "name another, or replace it with --force"
        case .hubLeads:
            "ask it ({address}); what must be written all the same is told in the audit chain: "
                + "--break-glass"
        case .hubNotLeading: "ask the one that leads: {address}"
        case .webhookNotFound: "see: swerve webhooks list"
        case .deliveryNotFound: "see: swerve webhooks deliveries"
        case .webhookPrivate: "if that is meant, add it with --allow-private"
        case .rightLacking:
            "ask an admin of the hub for a token with the role {role} for models {model}"
        case .requestKeyReused: "give another request another Idempotency-Key"
        case .requestAtWork, .requestAnswerLost:
            "see what came of it: swerve audit log"
        case .tokenNotFound: "see: swerve tokens list"
        case .noModels: "register one: swerve register FILE --model {model}"
        case .modelNotFound: "see: swerve models"
        case .versionNotFound: "see: swerve show {model}"
        case .artifactNotFound: "see the versions: swerve models"
        case .filesCollected:
            "register the same files again, which stores them under the same number: "
                + "swerve register FILE --model {model}"
        case .versionArchived: "take it back first: swerve archive {version} --undo"
        case .alreadyArchived: "to take it back: swerve archive {version} --undo"
        case .notArchived: "see: swerve show {version}"
        case .versionHasAlias: "move the alias, or remove it: swerve alias {model} --remove {alias}"
        case .versionIsCandidate: "drop it first: swerve rollback {model}"
        case .aliasNotFound: "see: swerve alias {model}; to give it: swerve alias {model}@V {alias}"
        case .aliasDangling:
            "it was edited by hand or is damaged; swerve alias {model} --remove {alias}"
        case .aliasUnchanged: "see: swerve alias {model}"
        case .tooManyAliases: "remove one: swerve alias {model} --remove ALIAS"
        case .annotationEmpty: "give --note, --tag, --metric or --remove-tag"
        case .epochMoved: "look at what changed (swerve history {model}) and decide again"
        case .contractDiffers: "if that is meant: --force"
        case .rolloutMoved: "look at it (swerve rollout status {model}) and say it again"
        case .rolloutNotFound: "start one: swerve rollout {model}@V --observe"
        case .candidateNotOnTrial: "put it on trial first: swerve promote {version} --shadow 25%"
        case .rolloutUnsigned:
            "sign its plan: swerve rollout {version} --sign-with FILE; or let it judge without "
                + "acting: swerve rollout {version} --observe"
        case .rolloutMandateOver:
            "it waits; a person signs its plan anew: swerve rollout sign {model} --sign-with FILE; "
                + "workers have to know both keys: swerve keys list --trust"
        case .rolloutKeyMissing:
            "give one with --sign-with FILE: a person's (role promote), which signs the plan anew, or "
                + "that of swerve rollout run (role rollout)"
        case .rolloutKeyUnfit:
            "make one for it: swerve keys generate NAME --role rollout; workers have to know it: "
                + "swerve keys list --trust"
        case .retreatNotBelieved:
            "a person types now: swerve republish {model} --sign-with FILE"
        case .rolloutObserves:
            "change the deployment by hand, with swerve promote or swerve rollback, and it follows; or "
                + "start one that acts: swerve rollout {version}"
        case .announcementMissing: "it was edited by hand or is damaged; see: swerve audit verify"
        case .neverPromoted: "promote a version: swerve promote {model}@1"
        case .liveAlready: "see: swerve status {model}"
        case .candidateRuns: "to end the {mode}: swerve abort {model}"
        case .trialRunsAlready: "give another share, or complete it: swerve complete {model}"
        case .noCandidate: "see: swerve history {model}"
        case .noPreviousVersion:
            "name one: swerve rollback {model} --to V; see swerve history {model}"
        case .versionNotDeployed: "promote it first; see: swerve status {model}"
        case .settingsUnchanged: "see: swerve show {model}"
        case .brokersAway: "{remedy}, or commit without announcing: --offline"
        case .workersRefuse: "sign it with a key that the file names: --sign-with FILE"
        case .notAnnounced:
            "workers go on as before until it is; the same command again announces it, and so does "
                + "any later command that writes to the registry, or: swerve republish {model}"
        case .announcementUnbelievable:
            "sign the same anew: \(signAnew); behind it a rollout's plan: swerve rollout sign {model} "
                + "--sign-with FILE"
        case .topicSpokenFor:
            "if this registry is to speak for the model from now on: swerve registry adopt {model}; "
                + "if workers have a trust file that refuses that record, it is no obstacle: name "
                + "the file with --trust"
        case .registryNotSpeaking:
            "check that {path} is the registry you mean, and name the right one with --registry (it is "
                + "looked for in the folder where you are); if this one is to speak for the model "
                + "from now on, repeat the command with --offline, then: swerve registry adopt {model}; "
                + "if workers have a trust file that refuses that record, name the file with --trust"
        case .topicNewer:
            "use the newer swerve that wrote it; if none did, no worker reads it, and it may be passed "
                + "over: swerve registry adopt {model} --force"
        case .announcementLost:
            "look for another writer, and check that the control topic is compacted; then: swerve "
                + "republish"
        case .nothingToAdopt: "announce it: swerve republish {model}"
        case .adoptedAlready: "announce the newest: swerve republish {model}"
        case .epochBelieved:
            "the trust file believes it: take out the key that signed it, or revoke it as of a "
                + "time before; then stop the workers, remove their state folders, start them, and "
                + "run this again"
        case .epochImplausible:
            "where workers have a trust file that refuses it, name it with --trust, or pass the "
                + "record over with --force; where they believe it, give them a trust file (trust: "
                + "in their configuration) and sign, which makes them forget it, or stop them, "
                + "remove their state folders, make the control topic anew and run: swerve "
                + "republish {model}"
        case .recordNotBelieved: signAnew
        case .mandateNotBelieved:
            "\(signAnew); and where a rollout is to go on: swerve rollout sign {model} --sign-with FILE"
        case .appendTimeUnknown:
            "give topic {topic} message.timestamp.type=LogAppendTime, then: \(signAnew)"
        case .artifactNotTrusted: "swerve sign {version} --sign-with FILE"
        case .topicNotFound: "correct its name, or make it with swerve topics create"
        case .rightMissing:
            "give it to the user of these credentials; swerve rights lists all that are needed"
        case .tooFewBrokers:
            "give --replication 1, or a number no larger than that of the brokers; all of them have to "
                + "be up"
        case .letterNotFound: "swerve dead-letters list names the last letter of each reason"
        case .keyFileExists: "name another with --out; a key file is never written over"
        case .keyFileGarbled: "make a key: swerve keys generate NAME --role promote"
        case .notSupervised: "workers are started by swerve serve, not by hand"
        case .publicKeyGarbled: "give what swerve keys generate printed for its owner"
        case .keyNotFound, .publicKeyKnown: "see: swerve keys list"
        case .signerNotFound: "make it known: swerve keys add {key} PUBLICKEY --role {role}"
        case .keyRevoked: "sign with another; see: swerve keys list"
        case .keyLacksRole: "sign with a key that has it; see: swerve keys list"
        case .keyWithoutRole: "give --role promote or register"
        case .keyMismatch:
            "sign with the right file, or add this key under another name: swerve keys generate"
        case .auditContradicts:
            "nothing was signed or announced; see: swerve audit verify; \(compare)"
        case .featurizerMissing: "give its recipe with --featurizer SPEC.json, as {example}"
        case .featurizerSuperfluous: "leave --featurizer away"
        case .featurizerTooWide: "use the spec of its training; if this one is meant: --force"
        case .goldenInputsEmpty: "leave --golden away, and inputs are made"
        case .saidByManifest: "leave --{parameter} away, or register the model file itself"
        case .labelMissing: "name both with --label"
        case .demoModelsNotFound: "name the folder with --models DIR"
        case .sameArtifact: "name different models with --model-v1 and --model-v2"
        case .demoOnDevelopmentBroker:
            "leave --bootstrap away, and the demo starts a broker of its own; or name a real Kafka"
        case .demoTopicsNotMade:
            "name brokers on which this user may make and delete topics; or leave --bootstrap away, "
                + "and the demo starts a broker of its own"
        case .demoTooLong: "give fewer --records, or fewer a second with --rate"
        case .faultNotPlanted: "give more --records, or a lower --rate"
        case .keysContradicted: "believe none of them; see: swerve audit verify; \(compare)"
        }
    }

    private static let signAnew = "swerve republish {model} --sign-with FILE"
    private static let compare = "compare with a backup, and see who could write the file"
}

extension SwerveError {
    /// The same error as a person at a terminal is told it.
    var atTerminal: SwerveError {
        guard let problem else { return self }
        return SwerveError(
            code, act: act, reason: reason, remedy: Remedies.words(for: problem), problem: problem)
    }

    /// The line that a command ends with.
    ///
    /// No command goes on after it: what passes is tried again by whoever runs it again. A file
    /// that is not there does not pass by itself.
    var commandLine: String {
        guard problem?.kind != .namedFileUnusable else {
            return SwerveError(.system, act: act, reason: reason, remedy: atTerminal.remedy)
                .description
        }
        return atTerminal.line(passing: "passing: run the command again")
    }
}
