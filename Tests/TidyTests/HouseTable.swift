import Testing

/// The rules of the house as one table: what each room may import, and what nobody writes.
///
/// `RoomsTests` and `HouseRulesTests` hold the sources against it.
enum HouseTable {
    /// Project and outside modules that each room may import.
    ///
    /// Downward only: the bottom row imports no other of its row but that Fleet gives the Judge its
    /// counts, the third row none but Platform, the second row none.
    static let mayImport: [String: Set<String>] = [
        "Lifecycle": ["FoundationEssentials"],
        "Scoring": ["Lifecycle", "CKernels", "CText"],
        "Fleet": ["Lifecycle", "Judge"],
        "Judge": ["Lifecycle", "Glibc"],
        "Platform": [
            "Lifecycle", "CPlatform", "CCrypto", "FoundationEssentials", "Glibc", "Synchronization",
        ],
        "Transfer": ["Lifecycle", "Platform", "CCurl", "FoundationEssentials"],
        "Inputs": [
            "Lifecycle", "Scoring", "CSimdJSON", "CZlib", "Glibc", "Synchronization",
        ],
        "ModelFormats": [
            "Lifecycle", "Scoring", "Platform", "CNumbers", "FoundationEssentials",
        ],
        "Kafka": ["Lifecycle", "Platform", "Transfer", "CRdKafka"],
        "SchemaRegistry": [
            "Lifecycle", "Inputs", "Platform", "Transfer", "FoundationEssentials",
            "Synchronization",
        ],
        "Configuration": ["Lifecycle", "Platform", "Yams"],
        "Registry": [
            "Lifecycle", "Platform", "RegistrySchema", "GRDB", "GRDBSQLite",
            "FoundationEssentials",
        ],
        "Serving": [
            "Lifecycle", "Scoring", "Kafka", "Inputs", "ModelFormats", "Platform",
            "Configuration", "SchemaRegistry", "Transfer", "CNumbers", "Logging",
            "FoundationEssentials", "Glibc", "Synchronization",
        ],
        "Telemetry": ["Lifecycle"],
        "Web": [
            "Lifecycle", "Platform", "CTLS", "NIOCore", "NIOHTTP1", "NIOPosix", "Synchronization",
        ],
        "Supervision": ["Lifecycle", "Platform", "Telemetry", "Web", "Logging"],
        "Hub": [
            "Lifecycle", "ModelFormats", "Fleet", "Judge", "Catalogue", "Operations", "Pages",
            "Registry", "Platform", "Transfer", "Web", "Synchronization",
        ],
        "HubClient": [
            "Lifecycle", "Fleet", "ModelFormats", "Catalogue", "Operations", "Registry",
            "Platform", "Transfer", "FoundationEssentials",
        ],
        "Catalogue": [
            "Lifecycle", "Scoring", "ModelFormats", "Registry", "Inputs", "Platform",
            "FoundationEssentials",
        ],
        "Operations": [
            "Lifecycle", "Fleet", "Judge", "Catalogue", "Registry", "Platform", "Transfer",
            "FoundationEssentials",
        ],
        "Pages": [
            "Lifecycle", "Fleet", "Judge", "Scoring", "Registry", "Catalogue", "Operations",
        ],
        "Verification": [
            "Lifecycle", "Judge", "Scoring", "ModelFormats", "Inputs", "Kafka", "Platform",
            "SchemaRegistry",
        ],
        "Demo": [
            "Lifecycle", "Fleet", "Verification", "Registry", "Inputs", "Kafka", "Platform",
            "FoundationEssentials",
        ],
        "swerve": [
            "Lifecycle", "Scoring", "Registry", "Kafka", "Platform", "Configuration",
            "SchemaRegistry", "Serving", "Supervision", "Catalogue", "Operations", "Fleet", "Demo",
            "Hub", "HubClient", "Judge",
            "Verification", "Web", "Transfer",
            "ArgumentParser", "Logging", "FoundationEssentials",
        ],
    ]

    /// Rooms that touch C memory, and the files elsewhere that hand bytes on.
    static let unsafeRooms = ["Platform", "Transfer", "Kafka", "Inputs", "Scoring", "ModelFormats"]
    static let unsafeFiles =
        [
            "Stream/BatchScorer.swift", "Stream/BatchScorer+Blocks.swift",
            "Stream/WaitingRecords.swift",
            "Stream/OutputStage.swift", "Stream/PredictionArena.swift",
            "Stream/RecordRouter.swift", "Replay/LetterReplay.swift",
            "Parking/SchemaAdmission.swift", "Parking/SchemaIntake.swift",
        ].map { "Sources/Serving/\($0)" }
        + [
            "AvroCases.swift", "LogCase.swift", "PredictionCase.swift",
        ].map { "Sources/Catalogue/Decoding/\($0)" }
        + [
            "Replay/ReplayScorer.swift", "PredictionScanner.swift", "PredictionBytes.swift",
            "PredictionText.swift",
            "Range/AnswerReader.swift", "Range/RecordForm.swift",
            "Auditing/HeldRecords.swift", "Auditing/EpochScorer.swift",
            "Auditing/ScoreRequests.swift", "Auditing/ScoreCheck.swift",
            "Auditing/PartitionWalk.swift",
        ].map { "Sources/Verification/\($0)" }
        + ["TLSAuthorities.swift", "TLSContext.swift", "TLSSession.swift"]
        .map { "Sources/Web/Secure/\($0)" }
        + ["Sources/Registry/Opening/ForeignLog.swift"]

    /// Something that is not written, where it is not, and what is written instead.
    struct Ban: Sendable, CustomTestStringConvertible {
        /// Found in code alone: neither in comments nor inside strings.
        let pattern: String
        let instead: String
        /// Folders whose Swift files it concerns.
        var within = ["Sources"]
        /// Folders and files of those where it is allowed.
        var except: [String] = []
        var testDescription: String { pattern }

        /// Words end where one expects: by Unicode's rule `a.b` would be one word.
        func expression() throws -> Regex<AnyRegexOutput> {
            try Regex(pattern).anchorsMatchLineEndings().wordBoundaryKind(.simple)
        }
    }

    static let everywhere = ["Sources", "Tests", "Benchmarks", "migrations"]
    /// What a record goes through: nothing there may allocate for each of them.
    private static let hotPath = [
        "Sources/Scoring", "Sources/Inputs", "Sources/Kafka", "Sources/Serving/Stream",
        "Sources/Serving/Delivery",
    ]

    static let bans = [
        Ban(pattern: #"\btry!"#, instead: "handle the error", within: everywhere),
        Ban(
            pattern: #"[\w)\]>]!(?:[.,;:)\]}\[(?]|\s|$)"#,
            instead: "guard let, or #require in tests",
            within: everywhere),
        Ban(pattern: #"\bas!"#, instead: "as?, and say what else it is", within: everywhere),
        Ban(pattern: #"\bTask\.detached\b"#, instead: "an OSThread", within: everywhere),
        Ban(pattern: #"\bDispatchQueue\b"#, instead: "an OSThread", within: everywhere),
        Ban(pattern: #"\bDispatchSemaphore\b|\bNSLock\b"#, instead: "Guarded", within: everywhere),
        Ban(
            pattern: #"\b(?:sleep|usleep|nanosleep)\(|\bThread\.sleep\b|\bTask\.sleep\b"#,
            instead: "wait for the event", within: everywhere),
        // It counts while the test waits behind some hundred others.
        Ban(pattern: #"\.timeLimit\("#, instead: "a wait for the event", within: ["Tests"]),
        Ban(
            pattern: #"(?:^|[^\w.`])(?:print|debugPrint|dump)\("#,
            instead: "Terminal in the executable, a log elsewhere"),
        Ban(
            pattern: #"StandardStream\.output\.write\b"#,
            instead: "Terminal.write, which tells what is lost",
            except: ["Sources/swerve/Terminal/Terminal.swift"]),
        Ban(pattern: #"\bfatalError\("#, instead: "an error, or precondition with its sentence"),
        Ban(pattern: #"import FoundationNetworking\b"#, instead: "Transfer"),
        Ban(pattern: #"import Foundation$"#, instead: "FoundationEssentials"),
        Ban(
            pattern: #"import Foundation"#, instead: "the standard library: it allocates nothing",
            within: hotPath),
        // Settings come from one place, which says where each came from.
        Ban(
            pattern: #"\bProcessInfo\b.*\benvironment\b|\bgetenv\(|\benviron\b"#,
            instead: "a Configuration, or swerve's Environment",
            // What a demo's processes get of its own environment.
            except: ["Sources/swerve/Options/CommonOptions.swift", "Sources/Demo/Service"]),
        // Unseen by the thread sanitizer; Guarded says more.
        Ban(pattern: #"\bMutex\b"#, instead: "Guarded", except: ["Sources/Platform"]),
        // What strangers write is read by one bounded reader, and what leaves goes through one
        // writer that escapes. A status record has been through the reader before; a worker's
        // configuration is its own parent's word.
        Ban(
            pattern: #"\bJSON(?:Encoder|Decoder|Serialization)\b"#, instead: "JSONValue",
            except: [
                "Sources/Lifecycle/Records/StatusRecord.swift",
                "Sources/Serving/Worker/WorkerConfiguration.swift",
            ]),
        Ban(
            pattern: #"decoding: [\w.()]*(?:json|document)[\w.()]*\.bytes"#,
            instead: "JSONValue.text, which is safe to show"),
    ]
}
