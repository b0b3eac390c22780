import Foundation
import Lifecycle
import Platform
import Serving
import TestSupport
import Testing

@Suite("SlotMemory")
struct SlotMemoryTests {
    private let slot = SlotID(group: "g", slot: 3)

    private func file(
        _ folder: TemporaryFolder, slot: SlotID? = nil, model: String = "m"
    ) throws -> SlotMemoryFile {
        try SlotMemoryFile(
            folder: folder.path("state"), slot: slot ?? self.slot, model: try ModelName(model))
    }

    private func names(_ folder: TemporaryFolder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path("state")).sorted()
    }

    @Test("what was seen and what is good survive a restart, with the key that signed them")
    func keeps() throws {
        let folder = try TemporaryFolder()
        var good = try TrackedRecords.accepted(TrackedRecords.record(4))
        good.hasSignedArtifacts = true
        let seen = try TrackedRecords.accepted(TrackedRecords.record(5))
        #expect(try file(folder).read { Issue.record("\($0)") } == SlotMemory())
        try file(folder).write(SlotMemory(highest: seen, good: good))
        for isTrusting in [false, true] {
            let again = try file(folder).read(isTrusting: isTrusting) { Issue.record("\($0)") }
            #expect(again == SlotMemory(highest: seen, good: good))
            #expect(again.good?.signedBy == "ops" && again.good?.hasSignedArtifacts == true)
            #expect(again.good?.valueDigest == good.valueDigest)
        }
    }

    @Test("the state file of the previous release is read")
    func previous() throws {
        let folder = try TemporaryFolder()
        let name = "http-anomaly.0.shop.json"
        try folder.write(name, Data(contentsOf: RepositoryFiles.file("Tests/Previous/\(name)")))
        let memory = try SlotMemoryFile(
            folder: folder.url.path, slot: SlotID(group: "shop", slot: 0),
            model: ModelName("http-anomaly")
        ).read { Issue.record("\($0)") }
        #expect(memory.good?.record.deployment.epoch == 2)
        #expect(memory.highest == memory.good)
    }

    @Test("two services in one folder never see each other's state, whatever their names")
    func apart() throws {
        let folder = try TemporaryFolder()
        let long = String(repeating: "g", count: 200)
        let places: [(SlotID, String)] = [
            (SlotID(group: "g", slot: 0), "m"), (SlotID(group: "g", slot: 0), "other"),
            (SlotID(group: "g", slot: 1), "m"), (SlotID(group: "h", slot: 0), "m"),
            (SlotID(group: "../g", slot: 0), "m"), (SlotID(group: "g.json", slot: 0), "m"),
            (SlotID(group: "a/b", slot: 0), "m"), (SlotID(group: "a%2Fb", slot: 0), "m"),
            (SlotID(group: "G", slot: 0), "m"), (SlotID(group: "", slot: 0), "m"),
            (SlotID(group: long + "x", slot: 0), "m"), (SlotID(group: long + "y", slot: 0), "m"),
            (SlotID(group: "gr\u{FC}n \u{0}", slot: 0), "m"),
        ]
        for (place, (slot, model)) in places.enumerated() {
            let record = try TrackedRecords.record(Int64(place + 1), model: model)
            try file(folder, slot: slot, model: model).write(
                SlotMemory(good: AcceptedRecord(record)))
        }
        #expect(try names(folder).count == places.count)
        #expect(try names(folder).allSatisfy { $0.utf8.count <= 255 })
        for (place, (slot, model)) in places.enumerated() {
            let found = try file(folder, slot: slot, model: model).read { Issue.record("\($0)") }
            #expect(found.good?.deployment.epoch == Int64(place + 1))
            #expect(found.good?.deployment.model.description == model)
        }
    }

    /// As swerves wrote it before signatures, or before group and model were in the name.
    private func older(_ record: ControlRecord) -> JSONValue {
        [
            "key": .string(record.deployment.model.description),
            "value": .string(String(decoding: record.bytes, as: UTF8.self)),
        ]
    }

    private func writeOlder(
        _ folder: TemporaryFolder, highest: ControlRecord, good: ControlRecord
    ) throws {
        try StateFile.makeFolder(folder.path("state"))
        let file: JSONValue = ["schema": 1, "highest": older(highest), "good": older(good)]
        try folder.write("state/slot-3.json", file.bytes)
    }

    @Test("a file of the older name is taken over once, by the first group of the same model")
    func olderFile() throws {
        let folder = try TemporaryFolder()
        let record = try TrackedRecords.record(7)
        try writeOlder(folder, highest: record, good: record)
        var lines: [String] = []
        let read = try file(folder).read { lines.append($0) }
        #expect(read.good?.deployment == record.deployment)
        #expect(read.highest?.deployment == record.deployment)
        #expect(read.good?.signedBy == nil && read.good?.valueDigest == nil)
        #expect(lines.count == 1 && lines[0].contains("slot-3.json"), "\(lines)")
        #expect(try names(folder) == ["m.3.g.json"])
        #expect(try file(folder).read { Issue.record("\($0)") } == read)
        let second = try file(folder, slot: SlotID(group: "second", slot: 3))
        #expect(second.read { Issue.record("\($0)") } == SlotMemory())
    }

    @Test(
        "a file of the older name that speaks of another model is left alone, and said",
        arguments: [("other", "other"), ("m", "other"), ("other", "m")])
    func olderFileOfAnother(highest: String, good: String) throws {
        let folder = try TemporaryFolder()
        try writeOlder(
            folder, highest: try TrackedRecords.record(8, model: highest),
            good: try TrackedRecords.record(7, model: good))
        var lines: [String] = []
        #expect(try file(folder).read { lines.append($0) } == SlotMemory())
        #expect(lines.count == 1 && lines[0].contains("another model"), "\(lines)")
        #expect(try names(folder) == ["slot-3.json"])
    }

    @Test("a file of the slot's own name that speaks of another slot or model does not count")
    func misplaced() throws {
        let folder = try TemporaryFolder()
        let record = AcceptedRecord(try TrackedRecords.record(9, model: "other"))
        let other = try file(folder, slot: SlotID(group: "h", slot: 3), model: "other")
        try other.write(SlotMemory(good: record))
        for name in ["m.3.g.json", "m.3.h.json"] {
            try FileManager.default.copyItem(
                atPath: folder.path("state/other.3.h.json"), toPath: folder.path("state/\(name)"))
        }
        for group in ["g", "h"] {
            var lines: [String] = []
            let mine = try file(folder, slot: SlotID(group: group, slot: 3))
            #expect(mine.read { lines.append($0) } == SlotMemory())
            #expect(lines.count == 1 && lines[0].contains("another slot or model"), "\(lines)")
        }
    }

    @Test("with a trust file what nobody signed does not count, and that is said")
    func trusting() throws {
        let folder = try TemporaryFolder()
        try file(folder).write(SlotMemory(good: AcceptedRecord(try TrackedRecords.record(7))))
        var lines: [String] = []
        // Its epoch may be anybody's: kept, it could shut out every honest one.
        #expect(try file(folder).read(isTrusting: true) { lines.append($0) } == SlotMemory())
        #expect(lines.count == 1 && lines[0].contains("epoch 7"), "\(lines)")
    }

    @Test("a signed deployment counts though something unsigned was seen after it")
    func unsignedAfterSigned() throws {
        let folder = try TemporaryFolder()
        let good = try TrackedRecords.accepted(TrackedRecords.record(4))
        let unsigned = AcceptedRecord(try TrackedRecords.record(Int64(Limits.epoch)))
        try file(folder).write(SlotMemory(highest: unsigned, good: good))
        let trusting = try file(folder).read(isTrusting: true) { Issue.record("\($0)") }
        #expect(trusting == SlotMemory(highest: good, good: good))
    }

    @Test("what is good was seen: no memory has a highest epoch below it")
    func highest() throws {
        let low = AcceptedRecord(try TrackedRecords.record(2))
        let high = AcceptedRecord(try TrackedRecords.record(3))
        #expect(SlotMemory(highest: low, good: high).highest == high)
        #expect(SlotMemory(good: high).highest == high)
        #expect(SlotMemory(highest: high, good: low).highest == high)
    }

    @Test(
        "a damaged file is named and left out",
        arguments: [
            "", "{", "[]x", #"{"group":"g","slot":3,"model":"m","highest":{"key":"m"}}"#,
            #"{"group":"g","slot":3,"model":"m","good":7}"#,
            #"{"group":"g","slot":3,"model":"m","good":{"key":"m","value":"{}"}}"#,
            #"{"group":"g","slot":3,"model":"m","good":{"key":"m","value":"x","value_digest":"y"}}"#,
        ])
    func damaged(text: String) throws {
        let folder = try TemporaryFolder()
        try StateFile.makeFolder(folder.path("state"))
        try folder.write("state/m.3.g.json", Array(text.utf8))
        var lines: [String] = []
        #expect(try file(folder).read { lines.append($0) } == SlotMemory())
        #expect(lines.count == 1 && lines[0].contains("m.3.g.json"), "\(lines)")
    }
}
