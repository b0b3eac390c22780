import Foundation
import TestSupport
import Testing

/// The house rules on rooms: who may import whom, and that nothing else is there.
@Suite("Rooms")
struct RoomsTests {
    /// Project and outside modules that each room may import.
    ///
    /// Downward only: the third row imports no other of its row but Platform, the second row no
    /// other of its row.
    static let mayImport: [String: Set<String>] = [
        "Lifecycle": ["FoundationEssentials", "Synchronization"],
        "Scoring": ["Lifecycle", "CKernels", "CText", "Synchronization"],
        "Fleet": ["Lifecycle"],
        "Platform": [
            "Lifecycle", "CPlatform", "Crypto", "FoundationEssentials", "Glibc", "Synchronization",
        ],
        "Inputs": [
            "Lifecycle", "Scoring", "Platform", "CSimdJSON", "CZlib", "Glibc", "Synchronization",
        ],
        "ModelFormats": [
            "Lifecycle", "Scoring", "Platform", "CNumbers", "FoundationEssentials", "Glibc",
        ],
        "Kafka": ["Lifecycle", "Platform", "CRdKafka", "Synchronization"],
        "Registry": [
            "Lifecycle", "Platform", "RegistrySchema", "GRDB", "FoundationEssentials", "Glibc",
            "Synchronization",
        ],
        "Serving": [
            "Lifecycle", "Scoring", "Kafka", "Inputs", "ModelFormats", "Platform", "CNumbers",
            "Logging", "FoundationEssentials", "Synchronization",
        ],
        "Supervision": ["Lifecycle", "Platform", "Logging", "Synchronization"],
        "Catalogue": [
            "Lifecycle", "Scoring", "ModelFormats", "Registry", "Inputs", "Platform",
            "FoundationEssentials",
        ],
        "Operations": ["Lifecycle", "Fleet", "Registry", "Platform", "FoundationEssentials"],
        "Demo": [
            "Lifecycle", "Fleet", "Scoring", "ModelFormats", "Registry", "Inputs", "Kafka",
            "Platform",
            "Logging", "FoundationEssentials", "Synchronization",
        ],
        "swerve": [
            "Lifecycle", "Scoring", "ModelFormats", "Registry", "Inputs", "Kafka", "Platform",
            "Serving", "Supervision", "Catalogue", "Operations", "Fleet", "Demo", "ArgumentParser",
            "Yams", "Logging",
            "FoundationEssentials",
        ],
    ]

    @Test("every room of Swift code has its row in the table")
    func roomsAreListed() throws {
        let rooms = try SourceFiles.rooms()
        #expect(Set(rooms) == Set(Self.mayImport.keys))
    }

    @Test("a room imports only what its row allows", arguments: mayImport.keys.sorted())
    func imports(room: String) throws {
        let allowed = try #require(Self.mayImport[room])
        let files = try SourceFiles.swift(under: "Sources/\(room)")
        #expect(!files.isEmpty)
        for file in files {
            for module in SourceFiles.imports(in: file.text) where !allowed.contains(module) {
                Issue.record(
                    "\(file.path) imports \(module); \(room) may import \(allowed.sorted())")
            }
        }
    }

    @Test("the scan sees every spelling of an import")
    func scanSeesImports() {
        let text = """
            import A
            package import B
            @testable internal import C
            @_spi(X) import struct D.E
            // import F
            """
        #expect(SourceFiles.imports(in: text) == ["A", "B", "C", "D"])
    }
}
