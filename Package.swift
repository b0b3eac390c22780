// swift-tools-version: 6.2
import PackageDescription

/// One set of settings for every Swift target: the strictest that the toolchain offers.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
]

let argumentParser = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let nio = ["NIOCore", "NIOPosix", "NIOHTTP1"].map {
    Target.Dependency.product(name: $0, package: "swift-nio")
}
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

/// A room of the house; see ARCHITECTURE.md for who may import whom (a tidy test holds the table).
func room(_ name: String, _ dependencies: [Target.Dependency], path: String? = nil) -> Target {
    .target(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let package = Package(
    name: "swerve",
    products: [.executable(name: "swerve", targets: ["swerve"])],
    dependencies: [
        // The command line: subcommands, help, completions.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        // The registry's SQLite; imported by Registry alone.
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        // Structured logs on stderr.
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        // swerve.yaml, where librdkafka's own keys pass through unlisted.
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        // Metrics and health over HTTP; imported by Web alone.
        // Not Hummingbird, which builds on it: one of its packages has a module Configuration, as we
        // have, and SwiftPM takes no two of one name, also where its traits leave that one unused.
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    ],
    targets: [
        // The bottom row: the words and the arithmetic. No I/O, no clock.
        room("Lifecycle", []),
        room("Scoring", ["Lifecycle", "CKernels", "CText"]),
        room("Telemetry", ["Lifecycle"]),
        room("Judge", ["Lifecycle"]),
        room("Fleet", ["Lifecycle", "Judge"]),

        // The third row: one outside thing each.
        room("Platform", ["Lifecycle", "CPlatform", "CCrypto"]),
        room("Transfer", ["Lifecycle", "Platform", "CCurl"]),
        room("Inputs", ["Lifecycle", "Scoring", "CSimdJSON", "CZlib"]),
        room("ModelFormats", ["Lifecycle", "Scoring", "Platform", "CNumbers"]),
        room("Kafka", ["Lifecycle", "Platform", "Transfer", "CRdKafka"]),
        .target(
            name: "RegistrySchema", path: "migrations",
            resources: [
                .embedInCode("0001_initial.sql"), .embedInCode("0002_lifecycle.sql"),
                .embedInCode("0003_rollouts.sql"), .embedInCode("0004_mandates.sql"),
                .embedInCode("0005_hub.sql"), .embedInCode("0006_requests.sql"),
                .embedInCode("0007_tokens.sql"), .embedInCode("0008_webhooks.sql"),
            ], swiftSettings: strict),
        room("SchemaRegistry", ["Lifecycle", "Inputs", "Platform", "Transfer"]),
        room("Configuration", ["Lifecycle", "Platform", yams]),
        room("Registry", ["Lifecycle", "Platform", "RegistrySchema", grdb, sqlite]),

        // The second row: what Swerve exists for.
        room(
            "Serving",
            [
                "Lifecycle", "Scoring", "Kafka", "Inputs", "ModelFormats", "Platform",
                "Configuration", "SchemaRegistry", "Transfer",
                "CNumbers", logging,
            ]),
        room("Web", ["Lifecycle", "Platform", "CTLS"] + nio),
        room("Supervision", ["Lifecycle", "Platform", "Telemetry", "Web", logging]),
        room(
            "Catalogue",
            ["Lifecycle", "Scoring", "ModelFormats", "Registry", "Inputs", "Platform"]),
        room(
            "Operations",
            ["Lifecycle", "Fleet", "Judge", "Catalogue", "Registry", "Platform", "Transfer"]),
        room(
            "Verification",
            [
                "Lifecycle", "Judge", "Scoring", "ModelFormats", "Inputs", "Kafka", "Platform",
                "SchemaRegistry",
            ]),
        room(
            "Demo",
            [
                "Lifecycle", "Fleet", "Verification", "Registry", "Inputs", "Kafka", "Platform",
            ]),

        // What a browser is shown: values in, bytes of HTML out.
        .target(
            name: "Pages",
            dependencies: [
                "Lifecycle", "Fleet", "Judge", "Scoring", "Registry", "Catalogue", "Operations",
            ],
            resources: [
                .embedInCode("Assets/page.css"), .embedInCode("Assets/page.js"),
                .embedInCode("Assets/mark.svg"),
            ], swiftSettings: strict),
        room(
            "Hub",
            [
                "Lifecycle", "ModelFormats", "Fleet", "Judge", "Catalogue", "Operations", "Pages",
                "Registry", "Platform", "Transfer", "Web",
            ]),
        room(
            "HubClient",
            [
                "Lifecycle", "Fleet", "ModelFormats", "Catalogue", "Operations", "Registry",
                "Platform", "Transfer",
            ]),

        // The executable: one file a subcommand, wiring only.
        .executableTarget(
            name: "swerve",
            dependencies: [
                "Lifecycle", "Scoring", "ModelFormats", "Registry", "Inputs", "Kafka", "Platform",
                "Configuration", "SchemaRegistry", "Serving", "Supervision", "Catalogue",
                "Operations", "Fleet", "Demo", "Hub", "HubClient", "Judge", "Verification", "Web",
                "Transfer", argumentParser, logging,
            ], swiftSettings: strict),

        // What the benchmarks need of librdkafka, of the registry and of scorers; see
        // Benchmarks/README.md.
        .executableTarget(
            name: "swerve-bench",
            dependencies: [
                "Lifecycle", "Scoring", "Inputs", "Kafka", "Registry", "Catalogue", "Operations",
                "Fleet", "Judge", "Platform", "Serving", "Telemetry",
                "CBench", argumentParser,
            ], path: "Benchmarks/Bench", swiftSettings: strict),
        .target(name: "CBench", path: "Benchmarks/CBench"),

        // C, one modulemap or one shim each.
        .target(name: "CPlatform"),
        .target(name: "CKernels"),
        .target(name: "CNumbers"),
        .target(name: "CText"),
        .target(name: "CSimdJSON", linkerSettings: [.linkedLibrary("simdjson")]),
        .systemLibrary(
            name: "CRdKafka", pkgConfig: "rdkafka", providers: [.apt(["librdkafka-dev"])]),
        .systemLibrary(
            name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CTLS", pkgConfig: "libssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(
            name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // One folder a room; EndToEndTests run the built executable, TidyTests read the sources.
        .target(
            name: "TestSupport", dependencies: ["Lifecycle", "Fleet", "Platform"],
            path: "Tests/TestSupport", swiftSettings: strict),
        tests("LifecycleTests", ["Lifecycle", "TestSupport"]),
        tests("ScoringTests", ["Scoring", "CKernels", "CText", "Lifecycle", "TestSupport"]),
        tests("PlatformTests", ["Platform", "CPlatform", "Lifecycle", "TestSupport"]),
        tests("TransferTests", ["Transfer", "Platform", "Lifecycle", "TestSupport"]),
        tests(
            "InputsTests",
            ["Inputs", "Scoring", "Lifecycle", "Platform", "CZlib", "TestSupport"]),
        tests(
            "ModelFormatsTests",
            ["ModelFormats", "Scoring", "CNumbers", "Lifecycle", "TestSupport"]),
        tests(
            "RegistryTests",
            ["Registry", "RegistrySchema", "Platform", "Lifecycle", "TestSupport", grdb]),
        tests("ConfigurationTests", ["Configuration", "Lifecycle", "TestSupport", yams]),
        tests("KafkaTests", ["Kafka", "CRdKafka", "Platform", "Lifecycle", "TestSupport"]),
        tests(
            "ServingTests",
            [
                "Serving", "Scoring", "ModelFormats", "Inputs", "Kafka", "Configuration",
                "SchemaRegistry", "Transfer", "Platform", "Lifecycle", "TestSupport", logging,
            ]),
        tests(
            "SchemaRegistryTests",
            ["SchemaRegistry", "Inputs", "Transfer", "Platform", "Lifecycle", "TestSupport"]),
        tests(
            "SupervisionTests",
            [
                "Supervision", "Telemetry", "Web", "Platform", "Lifecycle", "TestSupport", logging,
            ]),
        tests("TelemetryTests", ["Telemetry", "Lifecycle", "TestSupport"]),
        tests("WebTests", ["Web", "Platform", "Lifecycle", "TestSupport"]),
        tests(
            "HubTests",
            [
                "Hub", "Web", "Pages", "Operations", "Fleet", "Registry", "Platform", "Transfer",
                "Lifecycle", "TestSupport", grdb,
            ]),
        tests(
            "HubClientTests",
            ["HubClient", "Operations", "Transfer", "Platform", "Lifecycle", "TestSupport"]),
        tests("FleetTests", ["Fleet", "Judge", "Lifecycle", "TestSupport"]),
        tests("JudgeTests", ["Judge", "Lifecycle", "TestSupport"]),
        tests(
            "CatalogueTests",
            [
                "Catalogue", "Registry", "ModelFormats", "Scoring", "Platform", "Lifecycle",
                "TestSupport", grdb,
            ]),
        tests(
            "OperationsTests",
            [
                "Operations", "Catalogue", "Fleet", "Judge", "Registry", "Platform", "Lifecycle",
                "TestSupport", grdb,
            ]),
        tests(
            "PagesTests",
            [
                "Pages", "Operations", "Catalogue", "Registry", "Scoring", "Fleet", "Judge",
                "Lifecycle", "TestSupport",
            ]),
        tests(
            "VerificationTests",
            [
                "Verification", "Judge", "Scoring", "Kafka", "Inputs", "SchemaRegistry",
                "Platform", "Lifecycle", "TestSupport",
            ]),
        tests(
            "DemoTests",
            [
                "Demo", "Verification", "Scoring", "ModelFormats", "Inputs", "Platform",
                "Lifecycle", "TestSupport",
            ]),
        tests(
            "SwerveTests",
            [
                "swerve", "Configuration", "Fleet", "Judge", "Catalogue", "Operations", "Registry",
                "Demo", "Scoring", "Lifecycle", "Kafka", "Serving", "Verification", "TestSupport",
                "Web", argumentParser,
            ]),
        tests(
            "EndToEndTests",
            [
                "swerve", "Catalogue", "Operations", "Fleet", "Registry", "Verification", "Kafka",
                "Inputs", "CRdKafka", "Platform", "Lifecycle", "TestSupport",
            ]),
        tests("TidyTests", ["TestSupport"]),
    ],
    cxxLanguageStandard: .cxx17
)

// The thread sanitizer builds only the tests that it runs: the others would take it a minute more.
if let wanted = Context.environment["SWERVE_TEST_TARGETS"]?.split(separator: " ") {
    package.targets.removeAll {
        $0.name == "swerve-bench" || ($0.type == .test && !wanted.contains($0.name[...]))
    }
}
