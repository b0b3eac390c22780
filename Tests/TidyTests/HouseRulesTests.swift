import Foundation
import TestSupport
import Testing

/// What is banned, sizes, and where `unsafe` may stand; see `HouseTable` for what and where.
@Suite("House rules")
struct HouseRulesTests {
    /// False in a copy without history, as a package of the sources is.
    private static let isGitCheckout = FileManager.default.fileExists(
        atPath: RepositoryFiles.file(".git").path)

    /// The code of every Swift file, read once for all bans.
    private static let code = Result {
        try HouseTable.everywhere.flatMap { folder in
            try SourceFiles.swift(under: folder).map {
                SourceFiles.File(path: $0.path, text: SourceFiles.code(of: $0.text))
            }
        }
    }

    @Test("what is banned is absent", arguments: HouseTable.bans)
    func banned(ban: HouseTable.Ban) throws {
        let expression = try ban.expression()
        let files = try Self.code.get().filter { file in
            ban.within.contains { file.path.hasPrefix("\($0)/") }
                && !ban.except.contains { "\(file.path)/".hasPrefix("\($0)/") }
        }
        #expect(!files.isEmpty, "no file is looked at")
        for file in files {
            let found = file.text.firstMatch(of: expression).map { String(file.text[$0.range]) }
            #expect(found == nil, "\(file.path): \(found ?? ""); instead: \(ban.instead)")
        }
        for path in ban.except {
            let isThere = FileManager.default.fileExists(atPath: RepositoryFiles.file(path).path)
            #expect(isThere, "an exception for what is not there: \(path)")
        }
    }

    @Test(
        "each ban finds what it is for",
        arguments: [
            "let a = try! b()", "let a = b!", "a.b!.c", "f(a!)", "a![0]", "(a as? B)!", "x as! Y",
            "Task.detached {", "DispatchQueue.main", "NSLock()", "usleep(1)", "Thread.sleep(1)",
            "try await Task.sleep(1)", ".timeLimit(.minutes(1))", "    print(a)", "debugPrint(a)",
            "fatalError(a)", "import FoundationNetworking", "import Foundation",
            "import FoundationEssentials", "ProcessInfo.processInfo.environment", "getenv(a)",
            "Mutex<Int>(0)", "JSONDecoder()", "String(decoding: json.bytes, as: UTF8.self)",
        ])
    func bansFind(line: String) throws {
        let text = "let x = 1\n\(line)\nlet y = 2"
        let found = try HouseTable.bans.contains {
            try SourceFiles.code(of: text).contains($0.expression())
        }
        #expect(found)
    }

    @Test(
        "and nothing else",
        arguments: [
            "if a != b, !c, (!d || !(e)) {", "// try! print(a)", #"let a = "try! print(b)!""#,
            "    footprint(a); self.print(a)", "let a = b  // c!", "#expect(!a.contains(b))",
        ])
    func bansPassOver(line: String) throws {
        for ban in HouseTable.bans {
            let expression = try ban.expression()
            let found = SourceFiles.code(of: line).contains(expression)
            #expect(!found, "\(ban.pattern)")
        }
    }

    @Test("nothing that a compiler writes is kept", .enabled(if: Self.isGitCheckout))
    func compilersOutput() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/git")
        // Whoever runs the tests need not be whom the checkout belongs to.
        process.arguments = [
            "-c", "safe.directory=*", "-C", RepositoryFiles.root.path, "ls-files", "-z",
        ]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let names = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            .split(separator: "\0")
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        #expect(names.contains("Package.swift"))
        let kinds = [
            ".swiftmodule", ".swiftdoc", ".swiftsourceinfo", ".dia", ".d", ".o", ".so", ".a",
            ".pyc",
        ]
        let kept = names.filter { name in kinds.contains { name.hasSuffix($0) } }
        #expect(kept.isEmpty, "\(kept)")
    }

    @Test("code is told from comments and strings, also inside of strings")
    func code() {
        let text = """
            a("b \\(c("d") + e) f") // g
            let h = #"i\\(j)"# + "k\\"l"
            let m = \"""
                n \\(o)
                \"""
            p
            """
        let code = SourceFiles.code(of: text)
        #expect(code.filter(\.isLetter) == "acelethletmop", "\(code)")
        #expect(code.split(separator: "\n", omittingEmptySubsequences: false).count == 6)
    }

    @Test("unsafe stands only where C memory or the hot path is")
    func unsafeIsFenced() throws {
        let expression = try Regex(#"\bunsafe\b"#).wordBoundaryKind(.simple)
        var seen = 0
        for file in try SourceFiles.swift(under: "Sources") {
            guard SourceFiles.code(of: file.text).firstMatch(of: expression) != nil else {
                continue
            }
            seen += 1
            let isAllowed =
                HouseTable.unsafeFiles.contains(file.path)
                || HouseTable.unsafeRooms.contains { file.path.hasPrefix("Sources/\($0)/") }
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

    @Test("tests of the executable leave the cooperative pool to the others")
    func blocking() throws {
        var seen = 0
        for file in try SourceFiles.swift(under: "Tests/EndToEndTests") {
            for suite in file.text.components(separatedBy: "@Suite(").dropFirst() {
                seen += 1
                let traits = suite.components(separatedBy: "\nstruct ")[0]
                #expect(traits.contains(".blocking"), "\(file.path): a suite without .blocking")
            }
        }
        #expect(seen > 0)
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
}

extension Substring {
    fileprivate var trimmed: Substring { drop { $0 == " " } }
}
