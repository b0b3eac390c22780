package import Fleet
package import Lifecycle

/// What stands on the control topic, and how much of it counts.
///
/// Workers with a trust file believe what it lets them, and follow the highest epoch of that; so
/// with the same trust, the highest epoch believed is the authority that a next announcement must
/// follow, and what the trust refuses is no obstacle, however high its epoch. Without a trust
/// everybody is believed, and the newest record is the authority.
package struct TopicStanding {
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
        let header: TopicRecordHeader?
        var epoch: Int64 { header?.epoch ?? 0 }
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
    package init(
        reading topic: any ControlTopic, trust: TrustPolicy?, after previous: TopicStanding? = nil
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
                entry.take(try Self.believed(stored, key: key, trust), stored.announcement)
            } catch {
                entry.refusal = error.reason
                refused.insert(key)
            }
            entries[key] = entry
        }
        guard let trust, !refused.isEmpty else { return }
        // Only now, since it reads the whole topic again: what is older than a forgery.
        var highest: [String: Int64] = [:]
        var found = entries.filter { refused.contains($0.key) }
        try topic.forEachAnnouncement { key, stored in
            guard refused.contains(key),
                let believed = try? Self.believed(stored, key: key, trust),
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

    /// What the records that count say, by model; keys that name none are left out.
    package var readings: [ModelName: ControlReading] {
        let named = entries.compactMap { key, entry in
            entry.authority == nil
                ? nil : (try? ModelName(key)).map { (name: $0, reading: entry.reading) }
        }
        return Dictionary(named.map { ($0.name, $0.reading) }) { first, _ in first }
    }

    /// What a record says, where a worker with this trust believes it; without one all do.
    ///
    /// What cannot be read here may be what a newer worker reads: there the signature decides.
    private static func believed(
        _ stored: StoredAnnouncement, key: String, _ trust: TrustPolicy?
    ) throws(SwerveError) -> Believed {
        let announcement = stored.announcement
        guard let trust else {
            do throws(SwerveError) {
                return believed(try ControlRecord.json(of: announcement.value), key: key)
            } catch {
                return Believed(reading: .unreadable(error.description), header: nil)
            }
        }
        let bytes = Array(key.utf8)
        do throws(SwerveError) {
            let record = try trust.believe(
                announcement, key: bytes, appended: stored.appended
            ).record
            return Believed(reading: .announced(record), header: TopicRecordHeader(record))
        } catch {
            guard error.code != .refused else { throw error }
            let believed = believed(try trust.signed(announcement, key: bytes).json, key: key)
            guard believed.header != nil else {
                throw SwerveError(
                    .invalid, act: "believing a control record",
                    reason: "it is not a control record")
            }
            return believed
        }
    }

    private static func believed(_ json: JSONValue, key: String) -> Believed {
        Believed(reading: ControlReading(json, key: key), header: TopicRecordHeader(json))
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
