package import Lifecycle
import Platform

/// What a slot keeps over restarts: the highest epoch it has seen, and its last good deployment.
package struct SlotMemory: Sendable, Hashable {
    /// The newest deployment believed, whether or not it could be served.
    package let highest: AcceptedRecord?
    /// The newest deployment served.
    package let good: AcceptedRecord?

    /// A good deployment was seen too: `highest` is never below it.
    package init(highest: AcceptedRecord? = nil, good: AcceptedRecord? = nil) {
        let isBelow = (highest?.deployment.epoch ?? 0) < (good?.deployment.epoch ?? 0)
        self.highest = isBelow ? good : highest
        self.good = good
    }

    /// Without what was believed when no trust file was asked: the epochs of that time may be
    /// anybody's, and one of them could shut out every honest one.
    package var signed: SlotMemory {
        let good = good.flatMap { $0.signedBy == nil ? nil : $0 }
        return SlotMemory(
            highest: highest.flatMap { $0.signedBy == nil ? nil : $0 } ?? good, good: good)
    }

    // MARK: - As JSON

    fileprivate func document(of slot: SlotID, model: ModelName) -> JSONValue {
        var fields: [String: JSONValue] = [
            "schema": 1, "group": .string(slot.group), "slot": .int(Int64(slot.slot)),
            "model": .string(model.description),
        ]
        fields["highest"] = highest.map(Self.entry)
        fields["good"] = good.map(Self.entry)
        return .object(fields)
    }

    private static func entry(_ accepted: AcceptedRecord) -> JSONValue {
        var entry: [String: JSONValue] = [
            "key": .string(accepted.deployment.model.description),
            "value": .string(String(decoding: accepted.record.bytes, as: UTF8.self)),
        ]
        entry["value_digest"] = accepted.valueDigest.map { .string($0.description) }
        entry["signed_by"] = accepted.signedBy.map { .string($0) }
        if accepted.hasSignedArtifacts { entry["signed_artifacts"] = true }
        return .object(entry)
    }

    fileprivate init(_ json: JSONValue) throws(SwerveError) {
        func record(_ name: String) throws(SwerveError) -> AcceptedRecord? {
            guard let entry = json[name] else { return nil }
            guard let key = entry["key"]?.string, let value = entry["value"]?.string else {
                throw SwerveError(
                    .invalid, act: "reading '\(name)'", reason: "it has no key or no value")
            }
            let digest = try entry["value_digest"]?.string.map { text throws(SwerveError) in
                try Digest(text)
            }
            var accepted = AcceptedRecord(
                try ControlRecord(key: Array(key.utf8), value: Array(value.utf8)),
                valueDigest: digest, signedBy: entry["signed_by"]?.string)
            accepted.hasSignedArtifacts = entry["signed_artifacts"]?.bool ?? false
            return accepted
        }
        self.init(highest: try record("highest"), good: try record("good"))
    }

    fileprivate func speaks(onlyOf model: ModelName) -> Bool {
        [highest, good].allSatisfy { $0?.deployment.model ?? model == model }
    }
}

/// The file that keeps a slot's memory: one of its own for each group, slot and model, so that
/// services that share a folder never see each other's.
///
/// Small JSON, replaced as a whole. Control thread only.
package struct SlotMemoryFile: Sendable {
    private let path: String
    /// As it was named before group and model were part of the name.
    private let olderPath: String
    private let slot: SlotID
    private let model: ModelName

    /// Makes the folder; reads nothing yet.
    package init(folder: String, slot: SlotID, model: ModelName) throws(SwerveError) {
        try StateFile.makeFolder(folder)
        path = "\(folder)/\(SlotFileName(slot, model).text(".json"))"
        olderPath = "\(folder)/slot-\(slot.slot).json"
        self.slot = slot
        self.model = model
        // Those of an older swerve may be open to all; the folder is somebody's own choice.
        StateFile.tighten(path)
        StateFile.tighten(olderPath)
    }

    /// Whether the slot ever kept anything of this model: it has served, or was about to.
    package var exists: Bool { (try? FileStatus.of(path)) != nil }

    /// What the slot kept; nothing where it never kept anything.
    ///
    /// A file that is damaged, or that speaks of another slot or model, is named and left out. A
    /// file of the older name is taken over where all of it speaks of this model.
    /// - Parameter isTrusting: whether only what was signed counts.
    package func read(isTrusting: Bool = false, log: (String) -> Void) -> SlotMemory {
        let found = own(log) ?? older(log) ?? SlotMemory()
        guard isTrusting else { return found }
        if let good = found.good, good.signedBy == nil {
            log(
                "epoch \(good.deployment.epoch), which this slot served last, was believed "
                    + "without a trust file; it does not count now")
        }
        return found.signed
    }

    /// - Throws: as `StateFile.write`; the file is then as it was.
    package func write(_ memory: SlotMemory) throws(SwerveError) {
        try StateFile.write(path, memory.document(of: slot, model: model).bytes)
    }

    /// Nil where there is no file.
    private func own(_ log: (String) -> Void) -> SlotMemory? {
        let act = "reading the slot's state \(path)"
        do throws(SwerveError) {
            let json = try JSONValue(
                parsing: try StateFile.read(path, limit: Self.bytesMax), act: act)
            guard json["group"]?.string == slot.group, json["slot"]?.int == slot.slot,
                json["model"]?.string == model.description
            else {
                throw SwerveError(.invalid, act: act, reason: "it is of another slot or model")
            }
            let memory = try Self.parse(json, act)
            guard memory.speaks(onlyOf: model) else {
                throw SwerveError(.invalid, act: act, reason: "it speaks of another model")
            }
            return memory
        } catch {
            if error.code == .notFound { return nil }
            log("\(error.description); starting without the last good deployment")
            return SlotMemory()
        }
    }

    private func older(_ log: (String) -> Void) -> SlotMemory? {
        let act = "reading the slot's state \(olderPath)"
        do throws(SwerveError) {
            let json = try JSONValue(
                parsing: try StateFile.read(olderPath, limit: Self.bytesMax), act: act)
            let memory = try Self.parse(json, act)
            guard memory.speaks(onlyOf: model) else {
                log("\(olderPath) is of another model; it is left alone")
                return nil
            }
            move(memory, log)
            return memory
        } catch {
            if error.code != .notFound {
                log("\(error.description); starting without the last good deployment")
            }
            return nil
        }
    }

    /// So that no second group of the same model takes it for its own.
    private func move(_ memory: SlotMemory, _ log: (String) -> Void) {
        do throws(SwerveError) {
            try write(memory)
            try StateFile.remove(olderPath)
            log("the slot's state was moved from \(olderPath) to \(path)")
        } catch {
            log("\(error.description); the slot's state is used where it lies")
        }
    }

    private static func parse(_ json: JSONValue, _ act: String) throws(SwerveError) -> SlotMemory {
        do throws(SwerveError) {
            return try SlotMemory(json)
        } catch {
            throw error.during(act)
        }
    }

    /// Two records, as JSON within JSON: quotes and backslashes are doubled.
    private static let bytesMax = 8 * Limits.controlRecordBytes
}
