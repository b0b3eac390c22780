package import Lifecycle
import Platform
package import Registry

/// Holds the control topic against the registry's audit chain.
///
/// Each control record names the hash of its own change's entry: a database whose chain was written
/// anew, or another copy of it, has other hashes than the topic remembers.
package struct TopicAudit {
    /// What came of it.
    package struct Result: Sendable, Equatable, Codable {
        /// Records of this registry, all that the topic still has.
        package internal(set) var records = 0
        package internal(set) var findings: [AuditFinding] = []
        /// What is on the topic and none of this registry's, and what the outbox does not know to
        /// be there: no faults of the chain.
        package internal(set) var notes: [String] = []
    }

    /// Of a record, what is needed until the chain has been read.
    private struct Seen {
        let offset: Int64
        let model: String
        let epoch: Int64
        let head: Digest?
        let deployment: Deployment
        let digest: Digest
        /// Why workers do not believe it; nil where they do, or it is not known.
        let refusal: String?
    }

    private struct Key: Hashable {
        let model: String
        let epoch: Int64
    }

    private let registry: String
    private let trust: TrustPolicy?
    private var seen: [Seen] = []
    /// By model, the newest record that workers believe.
    private var believed: [ModelName: ControlRecord] = [:]
    private var result = Result()

    /// - Parameters:
    ///   - registry: the id of the registry whose chain it is.
    ///   - trust: as the workers have it, where that is known. Anybody may write a record in this
    ///     registry's name: where the trust refuses it and the chain does not tell of it, it is
    ///     noted and no finding.
    package init(registry: String, trust: TrustPolicy? = nil) {
        self.registry = registry
        self.trust = trust
    }

    /// Takes a record of the topic, in the topic's order.
    package mutating func hear(_ heard: ControlTopicRecord) {
        // A tombstone tells nothing.
        guard let stored = heard.stored else { return }
        let offset = heard.offset
        let value = stored.announcement.value
        let record: ControlRecord
        let refusal: String?
        do throws(SwerveError) {
            (record, refusal) = try judged(stored, key: heard.key)
        } catch {
            note("offset \(offset): not a control record (\(error.reason))")
            return
        }
        let model = record.deployment.model.description
        guard record.registry == registry else {
            note(
                "offset \(offset): \(model) epoch \(record.deployment.epoch) is the word of "
                    + "registry \(record.registry.shortened(to: 36))")
            return
        }
        result.records += 1
        seen.append(
            Seen(
                offset: offset, model: model, epoch: record.deployment.epoch,
                head: record.auditHead, deployment: record.deployment,
                digest: ContentHash.sha256(value), refusal: refusal))
    }

    /// The record, and why workers do not believe it; nil where they do, or it is not known.
    private mutating func judged(
        _ stored: StoredAnnouncement, key: [UInt8]
    ) throws(SwerveError) -> (ControlRecord, String?) {
        let value = stored.announcement.value
        guard let trust else { return (try ControlRecord(key: key, value: value), nil) }
        do throws(SwerveError) {
            let record = try trust.believe(
                stored.announcement, key: key, appended: stored.appended
            ).record
            let model = record.deployment.model
            if let end = record.endOfMandate(behind: believed[model]) { return (record, end) }
            if record.deployment.epoch > believed[model]?.deployment.epoch ?? 0 {
                believed[model] = record
            }
            return (record, nil)
        } catch {
            return (try ControlRecord(key: key, value: value), error.reason)
        }
    }

    /// - Parameters:
    ///   - pending: what the outbox says is not known to be on the topic. The chain does not tell
    ///     what was announced; the topic itself does.
    ///   - chain: hands over the entries of the changes that are asked for.
    package consuming func result(
        pending: [PendingPublication] = [],
        _ chain: (
            _ isWanted: (String, Int64) -> Bool, _ body: (AuditEntry) -> Void
        ) throws(SwerveError) -> Void
    ) throws(SwerveError) -> Result {
        let wanted = Set(seen.map { Key(model: $0.model, epoch: $0.epoch) })
        var entries: [Key: AuditEntry] = [:]
        try chain({ wanted.contains(Key(model: $0, epoch: $1)) }) { entry in
            entries[Key(model: entry.model ?? "", epoch: Int64(entry.epoch ?? 0))] = entry
        }
        var newest: [String: Int64] = [:]
        for record in seen {
            let entry = entries[Key(model: record.model, epoch: record.epoch)]
            if let refusal = record.refusal {
                weigh(record, refusal, against: entry)
                continue
            }
            if let before = newest[record.model], before > record.epoch {
                find(nil, record, "stands behind epoch \(before) on the topic")
            }
            newest[record.model] = max(newest[record.model] ?? 0, record.epoch)
            hold(record, against: entry)
        }
        for one in pending { compare(one) }
        return result
    }

    private mutating func compare(_ pending: PendingPublication) {
        let digest = ContentHash.sha256(pending.record)
        let model = pending.model.description
        let there = seen.last { $0.model == model && $0.digest == digest && $0.refusal == nil }
        guard let there else { return }
        note(
            "offset \(there.offset): \(model) epoch \(pending.epoch) is here, and the outbox has it "
                + "as not announced: the next command that writes and reaches the brokers notes it")
    }

    /// What nobody believes is no witness against the chain.
    private mutating func weigh(
        _ record: Seen, _ refusal: String, against entry: AuditEntry?
    ) {
        let before = result.findings
        hold(record, against: entry)
        guard result.findings != before else { return }
        result.findings = before
        result.records -= 1
        note(
            "offset \(record.offset): \(record.model) epoch \(record.epoch) is not what this registry "
                + "announced, and workers do not believe it: \(refusal)")
    }

    private mutating func hold(_ record: Seen, against entry: AuditEntry?) {
        guard let entry else {
            return find(
                nil, record,
                "is on the control topic, and no entry tells of it: the chain was cut off, or the "
                    + "registry is an older copy")
        }
        if let head = record.head, head != entry.hash {
            return find(
                entry.sequence, record,
                "was announced with the head \(head.short), the entry's hash is "
                    + "\(entry.hash.short): the database was rewritten, or is another copy")
        }
        if record.head == nil {
            guard entry.fields["record"]?.string != record.digest.description else { return }
            return find(
                entry.sequence, record, "was announced otherwise than the entry has imported it")
        }
        if !entry.tells(record.deployment) {
            find(entry.sequence, record, "was announced with another deployment than the entry has")
        }
    }

    private mutating func find(_ entry: Int64?, _ record: Seen, _ words: String) {
        guard result.findings.count < AuditReport.listed else { return }
        result.findings.append(
            AuditFinding(
                entry: entry,
                "\(record.model) epoch \(record.epoch) (control topic, offset \(record.offset)) "
                    + words))
    }

    private mutating func note(_ words: String) {
        if result.notes.count < AuditReport.listed { result.notes.append(words.printable) }
    }
}
