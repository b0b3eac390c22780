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
        /// What that record says; parsed once a reading of the topic.
        package internal(set) var reading = ControlReading.silent
        /// Why the newest record does not count; nil where it does.
        package internal(set) var refusal: String?
    }

    private var entries: [String: Entry] = [:]
    private let stored: [String: StoredAnnouncement]

    /// Reads the topic to its end as it stands now.
    ///
    /// - Parameters:
    ///   - trust: as the workers have it; it takes the producer's word for append times, since what
    ///     a worker may have believed must not be passed over.
    ///   - previous: an earlier reading with the same trust, to save work where nothing is new.
    package init(
        reading topic: any ControlTopic, trust: TrustPolicy?, after previous: TopicStanding? = nil
    ) throws(SwerveError) {
        stored = try topic.current()
        if let previous, previous.stored == stored {
            entries = previous.entries
            return
        }
        for (key, stored) in stored {
            var entry = Entry(newest: stored.announcement)
            do throws(SwerveError) {
                let reading = try trust.map { trust throws(SwerveError) in
                    try Self.believed(stored, key: key, trust).reading
                }
                entry.authority = stored.announcement
                entry.reading = reading ?? ControlReading(stored.announcement, key: key)
            } catch {
                entry.refusal = error.reason
            }
            entries[key] = entry
        }
        guard let trust, entries.contains(where: { $0.value.refusal != nil }) else { return }
        // Only now, since it reads the whole topic again: what is older than a forgery.
        var highest: [String: Int64] = [:]
        let refused = entries.filter { $0.value.refusal != nil }
        var found: [String: Entry] = refused
        try topic.forEachAnnouncement { key, stored in
            guard refused[key] != nil,
                let believed = try? Self.believed(stored, key: key, trust),
                believed.epoch > highest[key] ?? 0
            else { return }
            highest[key] = believed.epoch
            found[key]?.authority = stored.announcement
            found[key]?.reading = believed.reading
        }
        entries.merge(found) { $1 }
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

    /// Why a worker with this trust does not believe a record; nil where it does, and for a
    /// tombstone.
    package static func refusal(
        of stored: StoredAnnouncement?, key: [UInt8], _ trust: TrustPolicy
    ) -> String? {
        guard let stored else { return nil }
        do throws(SwerveError) {
            _ = try believed(stored, key: String(decoding: key, as: UTF8.self), trust)
            return nil
        } catch {
            return error.reason
        }
    }

    /// Epoch and content of a record that a worker with this trust believes.
    ///
    /// What cannot be read here may be what a newer worker reads: there the signature decides.
    private static func believed(
        _ stored: StoredAnnouncement, key: String, _ trust: TrustPolicy
    ) throws(SwerveError) -> (epoch: Int64, reading: ControlReading) {
        let bytes = Array(key.utf8)
        do throws(SwerveError) {
            let record = try trust.believe(
                stored.announcement, key: bytes, appended: stored.appended
            ).record
            return (record.deployment.epoch, .announced(record))
        } catch {
            guard error.code != .refused else { throw error }
            let signed = try trust.signed(stored.announcement, key: bytes)
            guard let header = TopicRecordHeader(signed.json) else {
                throw SwerveError(
                    .invalid, act: "believing a control record",
                    reason: "it is not a control record")
            }
            return (header.epoch, ControlReading(stored.announcement, key: key))
        }
    }
}
