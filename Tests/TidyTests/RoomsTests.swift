import Foundation
import TestSupport
import Testing

/// The house rules on rooms: who may import whom, and that nothing else is there.
@Suite("Rooms")
struct RoomsTests {
    @Test("every room of Swift code has its row in the table")
    func roomsAreListed() throws {
        let rooms = try SourceFiles.rooms()
        #expect(Set(rooms) == Set(HouseTable.mayImport.keys))
    }

    @Test("a room imports only what its row allows", arguments: HouseTable.mayImport.keys.sorted())
    func imports(room: String) throws {
        let allowed = try #require(HouseTable.mayImport[room])
        let files = try SourceFiles.swift(under: "Sources/\(room)")
        #expect(!files.isEmpty)
        for file in files {
            for module in SourceFiles.imports(in: file.text) where !allowed.contains(module) {
                Issue.record(
                    "\(file.path) imports \(module); \(room) may import \(allowed.sorted())")
            }
        }
    }

    @Test(
        "a row allows nothing that its room does not use",
        arguments: HouseTable.mayImport.keys.sorted())
    func allowances(room: String) throws {
        let allowed = try #require(HouseTable.mayImport[room])
        let used = try SourceFiles.swift(under: "Sources/\(room)").flatMap {
            SourceFiles.imports(in: $0.text)
        }
        let unused = allowed.subtracting(used).sorted()
        #expect(unused.isEmpty, "\(room) imports none of \(unused)")
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
