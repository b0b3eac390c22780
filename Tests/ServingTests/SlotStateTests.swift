import Foundation
import Lifecycle
import Platform
import Serving
import TestSupport
import Testing

@Suite("SlotState")
struct SlotStateTests {
    private let slot = SlotID(group: "g", slot: 3)

    private func open(
        _ folder: TemporaryFolder, isTrusting: Bool = false, log: (String) -> Void = { _ in }
    ) throws -> SlotState {
        try SlotState(
            folder: folder.path("state"), slot: slot, isTrusting: isTrusting, log: log)
    }

    @Test("what was seen and what is good survive a restart, with the key that signed them")
    func keeps() throws {
        let folder = try TemporaryFolder()
        let good = try TrackedRecords.accepted(TrackedRecords.record(4))
        let seen = try TrackedRecords.accepted(TrackedRecords.record(5))
        let state = try open(folder)
        #expect(state.current == SlotState.Content())
        try state.noteGood(good, hasSignedArtifacts: true)
        try state.noteSeen(seen)
        for isTrusting in [false, true] {
            let again = try open(folder, isTrusting: isTrusting).current
            #expect(again.highest == seen)
            #expect(again.good?.signedBy == "ops" && again.good?.hasSignedArtifacts == true)
            #expect(again.good?.valueDigest == good.valueDigest)
            #expect(again.good?.deployment == good.deployment)
        }
    }

    /// As the version before signatures wrote it.
    private func older(_ record: ControlRecord) -> JSONValue {
        [
            "key": "m", "value": .string(String(decoding: record.bytes, as: UTF8.self)),
        ]
    }

    @Test(
        "a file of an older swerve is read; with a trust file it does not count, and that is said")
    func olderFile() throws {
        let folder = try TemporaryFolder()
        try StateFile.makeFolder(folder.path("state"))
        let record = try TrackedRecords.record(7)
        let file: JSONValue = ["schema": 1, "highest": older(record), "good": older(record)]
        try folder.write("state/slot-3.json", file.bytes)
        let read = try open(folder).current
        #expect(read.good?.deployment == record.deployment)
        #expect(read.highest?.deployment == record.deployment)
        #expect(read.good?.signedBy == nil && read.good?.valueDigest == nil)
        var lines: [String] = []
        let trusting = try open(folder, isTrusting: true) { lines.append($0) }.current
        // Its epoch may be anybody's: kept, it could shut out every honest one.
        #expect(trusting == SlotState.Content())
        #expect(lines.count == 1 && lines[0].contains("epoch 7"), "\(lines)")
    }

    @Test("a signed deployment counts though something unsigned was seen after it")
    func unsignedAfterSigned() throws {
        let folder = try TemporaryFolder()
        let good = try TrackedRecords.accepted(TrackedRecords.record(4))
        let state = try open(folder)
        try state.noteGood(good)
        try state.noteSeen(AcceptedRecord(try TrackedRecords.record(Int64(Limits.epoch))))
        let trusting = try open(folder, isTrusting: true).current
        #expect(trusting.good == good)
        #expect(trusting.highest == good)
    }

    @Test(
        "a damaged file is named and put aside",
        arguments: [
            "", "{", "[]x", #"{"good":{"key":"m","value":"{}"}}"#,
            #"{"good":{"key":"m","value":"x","value_digest":"y"}}"#,
        ])
    func damaged(text: String) throws {
        let folder = try TemporaryFolder()
        try StateFile.makeFolder(folder.path("state"))
        try folder.write("state/slot-3.json", Array(text.utf8))
        var lines: [String] = []
        let state = try open(folder) { lines.append($0) }
        #expect(state.current == SlotState.Content())
        #expect(lines.count == 1 && lines[0].contains("slot-3.json"), "\(lines)")
    }
}
