package import Fleet
package import Lifecycle
import Registry

/// What stands on the control topic, and how much of it counts.
///
/// Workers with a trust file believe what it lets them, and follow the highest epoch of that; so
/// with the same trust, the highest epoch believed is the authority that a next announcement must
/// follow, and what the trust refuses is no obstacle, however high its epoch. Without a trust
/// everybody is believed, and the newest record is the authority. What no worker can read is passed
/// over by them, and here as well.
package struct TopicStanding: Sendable {
    /// Of one model.
    package struct Entry: Sendable, Equatable {
        /// The newest record on the topic.
        package internal(set) var newest: Announcement?
        /// The record that counts; nil where none does.
        package internal(set) var authority: Announcement?
        /// What that record says.
        package internal(set) var reading = ControlReading.silent
        /// Whose word that record is, also where the rest of it is not understood here.
        var header: TopicRecordHeader?
        /// Why the newest record does not count; nil where it does.
        package internal(set) var refusal: String?

        /// Of the newest record.
        var newestHeader: TopicRecordHeader? {
            newest == authority ? header : newest.flatMap { TopicRecordHeader($0.value) }
        }
    }

    /// A record that counts, parsed once.
    fileprivate struct Believed {
        let reading: ControlReading
        let header: TopicRecordHeader
        var epoch: Int64 { header.epoch }
    }

    private var entries: [String: Entry] = [:]
    private var stored: [String: StoredAnnouncement]

    /// Reads the topic to its end as it stands now.
    ///
    /// - Parameters:
    ///   - trust: as the workers have it; it takes the producer's word for append times, since what
    ///     a worker may have believed must not be passed over.
    ///   - previous: an earlier reading with the same trust: models of which nothing new was said
    ///     are not looked at again.
    ///   - known: the newest that the registry has announced, or is to announce, of a model by its
    ///     name: a plan that it ended counts for no worker that heard it, and not here either.
    package init(
        reading topic: any ControlTopic, trust: TrustPolicy?, after previous: TopicStanding? = nil,
        known: (_ model: String) -> ControlRecord? = { _ in nil }
    ) throws(SwerveError) {
        stored = try topic.current()
        var refused: Set<String> = []
        for (key, stored) in stored {
            if let previous, previous.stored[key] == stored {
                entries[key] = previous.entries[key]
                continue
            }
            var entry = Entry(newest: stored.announcement)
            do throws(SwerveError) {
                entry.take(try Self.believed(stored, key: key, trust, known), stored.announcement)
            } catch {
                entry.refusal = error.reason
                // What the trust refuses was read, and is nobody's word.
                if trust == nil { entry.reading = .garbled(error.description) }
                refused.insert(key)
            }
            entries[key] = entry
        }
        guard !refused.isEmpty else { return }
        // Only now, since it reads the whole topic again: what is older than forgery or garbage.
        var highest: [String: Int64] = [:]
        var found = entries.filter { refused.contains($0.key) }
        try topic.forEachAnnouncement { key, stored in
            guard refused.contains(key),
                let believed = try? Self.believed(stored, key: key, trust, known),
                believed.epoch > highest[key] ?? 0
            else { return }
            highest[key] = believed.epoch
            found[key]?.take(believed, stored.announcement)
        }
        entries.merge(found) { $1 }
    }

    /// Without the models whose newest record does not count: what lies below it may be new, even
    /// where it is the same.
    var settled: TopicStanding {
        var settled = self
        settled.stored = stored.filter { entries[$0.key]?.refusal == nil }
        return settled
    }

    package subscript(model: ModelName) -> Entry { entries[model.description] ?? Entry() }

    /// What the topic says, by model; keys that name none are left out, and so is what nobody
    /// believes.
    package var readings: [ModelName: ControlReading] {
        let named = entries.compactMap { key, entry in
            entry.reading == .silent
                ? nil : (try? ModelName(key)).map { (name: $0, reading: entry.reading) }
        }
        return Dictionary(named.map { ($0.name, $0.reading) }) { first, _ in first }
    }

    /// What a record says, where a worker with this trust reads and believes it; without one all
    /// that can be read is believed.
    ///
    /// What only a newer swerve reads may be what newer workers follow: there the signature
    /// decides.
    private static func believed(
        _ stored: StoredAnnouncement, key: String, _ trust: TrustPolicy?,
        _ known: (String) -> ControlRecord?
    ) throws(SwerveError) -> Believed {
        let announcement = stored.announcement
        let bytes = Array(key.utf8)
        guard let trust else {
            return try read(try ControlRecord.json(of: announcement.value), key: bytes)
        }
        do throws(SwerveError) {
            let record = try trust.believe(
                announcement, key: bytes, appended: stored.appended
            ).record
            if record.rollout != nil, let end = record.endOfMandate(behind: known(key)) {
                throw SwerveError(
                    .refused, act: "believing a record of \(key.shortened(to: 80))", reason: end)
            }
            return Believed(reading: .announced(record), header: TopicRecordHeader(record))
        } catch {
            guard error.code != .refused else { throw error }
            return try read(try trust.signed(announcement, key: bytes).json, key: bytes)
        }
    }

    /// - Throws: where no worker can read it, neither of this swerve nor of a newer one.
    private static func read(_ json: JSONValue, key: [UInt8]) throws(SwerveError) -> Believed {
        do throws(SwerveError) {
            let record = try ControlRecord(key: key, json: json)
            return Believed(reading: .announced(record), header: TopicRecordHeader(record))
        } catch {
            guard let header = TopicRecordHeader(json), header.schema > ControlRecord.schema
            else { throw error }
            return Believed(reading: .garbled(error.description), header: header)
        }
    }
}

extension Registry {
    /// The newest that it has announced, or is to announce, of a model by its name; nil where there
    /// is none, or it cannot be read.
    func lastSaid(of name: String) -> ControlRecord? {
        guard let model = try? ModelName(name), let deployment = try? deployment(of: model)
        else { return nil }
        return try? announcement(of: model, epoch: deployment.epoch)
    }
}

extension TopicStanding.Entry {
    fileprivate mutating func take(
        _ believed: TopicStanding.Believed, _ announcement: Announcement
    ) {
        authority = announcement
        reading = believed.reading
        header = believed.header
    }
}
