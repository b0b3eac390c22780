import Lifecycle
import Testing

@testable import swerve

@Suite("what a person at a terminal is told to do")
struct RemediesTests {
    private static let objects: [Problem.Object: String] = [
        .topic: "swerve.control", .mode: "canary",
        .model: "http-anomaly", .version: "http-anomaly@3", .alias: "champion", .key: "ada",
        .role: "promote", .path: "/var/lib/swerve.db", .epoch: "7", .artifact: "sha256:00",
        .parameter: "threshold", .example: "{\"steps\":[]}", .remedy: "start them",
        .address: "http://127.0.0.1:9465",
    ]

    @Test(
        "every problem has words, and none names an object that stays open",
        arguments: Problem.Kind.allCases)
    func complete(kind: Problem.Kind) {
        let words = Remedies.words(for: Problem(kind, Self.objects))
        #expect(!words.isEmpty && !words.contains("?"), "\(words)")
        for object in Problem.Object.allCases {
            #expect(!words.contains("{\(object.rawValue)}"), "\(words)")
        }
    }

    @Test("the words are commands with the problem's objects in them")
    func words() {
        let cases: [(Problem.Kind, String)] = [
            (
                .versionHasAlias,
                "move the alias, or remove it: swerve alias http-anomaly --remove champion"
            ),
            (.signerNotFound, "make it known: swerve keys add ada PUBLICKEY --role promote"),
            (.versionArchived, "take it back first: swerve archive http-anomaly@3 --undo"),
            (
                .aliasNotFound,
                "see: swerve alias http-anomaly; to give it: swerve alias http-anomaly@V champion"
            ),
            (.candidateRuns, "to end the canary: swerve abort http-anomaly"),
            (
                .noPreviousVersion,
                "name one: swerve rollback http-anomaly --to V; see swerve history http-anomaly"
            ),
            (.recordNotBelieved, "swerve republish http-anomaly --sign-with FILE"),
            (
                .appendTimeUnknown,
                "give topic swerve.control message.timestamp.type=LogAppendTime, then: "
                    + "swerve republish http-anomaly --sign-with FILE"
            ),
            (.artifactNotTrusted, "swerve sign http-anomaly@3 --sign-with FILE"),
            (.brokersAway, "start them, or commit without announcing: --offline"),
            (
                .announcementUnbelievable,
                "sign the same anew: swerve republish http-anomaly --sign-with FILE; behind it a "
                    + "rollout's plan: swerve rollout sign http-anomaly --sign-with FILE"
            ),
            (.contractDiffers, "if that is meant: --force"),
            (
                .featurizerMissing,
                #"give its recipe with --featurizer SPEC.json, as {"steps":[]}"#
            ),
            (
                .saidByManifest,
                "leave --threshold away, or register the model file itself"
            ),
        ]
        for (kind, words) in cases {
            #expect(Remedies.words(for: Problem(kind, Self.objects)) == words)
        }
    }

    @Test("an object's own braces are left alone")
    func braces() {
        let problem = Problem(.aliasNotFound, [.model: "{alias}", .alias: "{"])
        #expect(
            Remedies.words(for: problem)
                == "see: swerve alias {alias}; to give it: swerve alias {alias}@V {")
    }

    @Test("what passes is said to pass, and a command says that nobody tries again by itself")
    func passing() {
        let away = SwerveError(
            .unavailable, act: "looking", reason: "no answer", remedy: "look for the brokers")
        #expect(away.description == "looking: no answer (passing); look for the brokers")
        #expect(
            away.commandLine
                == "looking: no answer (passing: run the command again); look for the brokers")
        let file = SwerveError(
            .unavailable, act: "looking", reason: "no file p", remedy: "write it",
            problem: Problem(.namedFileUnusable, [.path: "p", .remedy: "write it"]))
        #expect(file.commandLine == "looking: no file p; write it")
        #expect(file.description == "looking: no file p (passing); write it")
        let final = SwerveError(.refused, act: "looking", reason: "no rights")
        #expect(final.commandLine == "looking: no rights")
    }

    @Test("a worker that cannot open its registry is told which key names it, not to register")
    func workers() {
        let missing = SwerveError(
            .unavailable, act: "opening registry ./r.db", reason: "there is no such file",
            problem: Problem(.registryNotFound))
        let told = WorkerArtifacts.told(missing)
        #expect(told.code == .unavailable && told.reason == missing.reason)
        #expect(told.remedy.contains("swerve serve --check") && !told.remedy.contains("register "))
        let collected = SwerveError(
            .refused, act: "loading", reason: "gone",
            problem: Problem(.filesCollected, [.model: "m"]))
        #expect(WorkerArtifacts.told(collected) == collected.atTerminal)
    }

    @Test("an error keeps its own remedy where it has no problem")
    func atTerminal() {
        let plain = SwerveError(.system, act: "reading", reason: "damaged", remedy: "restore it")
        #expect(plain.atTerminal == plain)
        let error = SwerveError(
            .notFound, act: "looking up m@9", reason: "there is none",
            problem: Problem(.modelNotFound, [.model: "m"]))
        #expect(error.description == "looking up m@9: there is none")
        #expect(error.atTerminal.description == "looking up m@9: there is none; see: swerve models")
        #expect(error.atTerminal.atTerminal == error.atTerminal)
        let outer = error.during("promoting").atTerminal
        #expect(outer.remedy == "see: swerve models" && outer.problem == error.problem)
    }
}
