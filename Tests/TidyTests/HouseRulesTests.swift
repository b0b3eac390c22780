import Foundation
import TestSupport
import Testing

/// Banned calls, sizes, and where `unsafe` may stand; each rule names what to do instead.
@Suite("House rules")
struct HouseRulesTests {
    struct Ban: Sendable, CustomTestStringConvertible {
        let pattern: String
        let instead: String
        /// Folders and files under Sources where it is allowed.
        var except: [String] = []
        var testDescription: String { pattern }
    }

    static let bans = [
        Ban(pattern: #"\btry!"#, instead: "handle the error"),
        Ban(pattern: #"\bTask\.detached\b"#, instead: "an OSThread"),
        Ban(pattern: #"\bDispatchQueue\b"#, instead: "an OSThread"),
        Ban(pattern: #"\bThread\.sleep\b|\busleep\(|\bnanosleep\("#, instead: "wait for the event"),
        Ban(
            pattern: #"(?:^|[^\w"'.;`])print\("#,
            instead: "Terminal in the executable, a log elsewhere"),
        Ban(pattern: #"import FoundationNetworking\b"#, instead: "the room Transfer"),
        Ban(pattern: #"import Foundation$"#, instead: "FoundationEssentials"),
        Ban(pattern: #"\bfatalError\("#, instead: "an error, or precondition with its sentence"),
        Ban(pattern: #"\bDispatchSemaphore\b|\bNSLock\b"#, instead: "Guarded"),
        // Unseen by the thread sanitizer; Guarded says more.
        Ban(pattern: #"\bMutex\b"#, instead: "Guarded", except: ["Platform"]),
        // What strangers write is read by one bounded reader, and what leaves goes through one
        // writer that escapes. A status record has been through the reader before; a worker's
        // configuration is its own parent's word.
        Ban(
            pattern: #"\bJSON(?:Encoder|Decoder|Serialization)\b"#, instead: "JSONValue",
            except: [
                "Lifecycle/Records/StatusRecord.swift", "Serving/Worker/WorkerConfiguration.swift",
            ]),
        Ban(
            pattern: #"decoding: [\w.()]*(?:json|document)[\w.()]*\.bytes"#,
            instead: "JSONValue.text, which is safe to show"),
    ]

    @Test("banned calls are absent", arguments: bans)
    func banned(ban: Ban) throws {
        let expression = try Regex(ban.pattern).anchorsMatchLineEndings()
        for file in try SourceFiles.swift(under: "Sources") {
            if ban.except.contains(where: { "\(file.path)/".hasPrefix("Sources/\($0)/") }) {
                continue
            }
            let code = Self.withoutComments(file.text)
            let isClean = code.firstMatch(of: expression) == nil
            #expect(isClean, "\(file.path): \(ban.pattern); instead: \(ban.instead)")
        }
    }

    /// Rooms that touch C memory, and the files of Serving where the hot path hands bytes on.
    static let unsafeRooms = ["Platform", "Kafka", "Inputs", "Scoring", "ModelFormats"]
    static let unsafeFiles = [
        "BatchScorer.swift", "OutputStage.swift", "PredictionArena.swift", "RecordRouter.swift",
    ].map { "Sources/Serving/Stream/\($0)" }

    @Test("unsafe stands only where C memory or the hot path is")
    func unsafeIsFenced() throws {
        let expression = try Regex(#"\bunsafe\b"#)
        var seen = 0
        for file in try SourceFiles.swift(under: "Sources") {
            guard Self.withoutComments(file.text).firstMatch(of: expression) != nil else {
                continue
            }
            seen += 1
            let isAllowed =
                Self.unsafeFiles.contains(file.path)
                || Self.unsafeRooms.contains { file.path.hasPrefix("Sources/\($0)/") }
            #expect(isAllowed, "\(file.path) uses unsafe")
        }
        #expect(seen > 0)
    }

    @Test("beside every @unchecked Sendable stands why it is true")
    func uncheckedIsExplained() throws {
        for file in try SourceFiles.swift(under: "Sources") {
            let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false)
            for (index, line) in lines.enumerated()
            where line.contains("@unchecked Sendable") && !line.trimmed.hasPrefix("//") {
                let above = lines[max(0, index - 12)..<index].joined(separator: "\n")
                #expect(
                    above.contains("@unchecked Sendable"),
                    "\(file.path):\(index + 1) gives no reason")
            }
        }
    }

    @Test("files have at most 400 lines, lines at most 100 columns (160 with a string in them)")
    func sizes() throws {
        for folder in ["Sources", "Tests", "migrations", "Benchmarks"] {
            for file in try SourceFiles.swift(under: folder) {
                let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false)
                #expect(lines.count <= 401, "\(file.path) has \(lines.count) lines")
                for (index, line) in lines.enumerated() {
                    // Strings and regular expressions are not broken for their looks.
                    let isText =
                        line.contains("\"") || line.contains("/(?m)") || line.hasSuffix("\\")
                    guard line.count > (isText ? 160 : 100) else { continue }
                    Issue.record("\(file.path):\(index + 1) has \(line.count) columns")
                }
            }
        }
    }

    @Test("no path of a machine is written down")
    func noMachinePaths() throws {
        let roots = ["wor" + "k", "roo" + "t", "hom" + "e"].map { "/\($0)/" }
        let kinds = [
            ".swift", ".md", ".sh", ".yaml", ".yml", ".py", "Makefile", ".c", ".h", ".cpp",
        ]
        for folder in ["Sources", "Tests", "migrations", "models", "deploy", "Benchmarks"] {
            for file in try SourceFiles.all(
                under: folder,
                { path in
                    kinds.contains { path.hasSuffix($0) } && !path.contains("/.")
                        // What a benchmark run leaves is not the project's.
                        && !path.hasPrefix(".") && !path.hasPrefix("out/")
                })
            {
                for root in roots {
                    #expect(!file.text.contains(root), "\(file.path) names \(root)")
                }
            }
        }
    }

    static func withoutComments(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.trimmed.hasPrefix("//") }.joined(separator: "\n")
    }
}

extension Substring {
    fileprivate var trimmed: Substring { drop { $0 == " " } }
}
