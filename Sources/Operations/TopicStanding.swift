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
        /// Why the newest record does not count; nil where it does.
        package internal(set) var refusal: String?
    }

    private var entries: [String: Entry] = [:]
    private let words: [String: ControlWord]

    /// Reads the topic to its end as it stands now.
    ///
    /// - Parameters:
    ///   - trust: as the workers have it; it takes the producer's word for append times, since what
    ///     a worker may have believed must not be passed over.
    ///   - previous: an earlier reading with the same trust, to save work where nothing is new.
    package init(
        reading topic: any ControlTopic, trust: TrustPolicy?, after previous: TopicStanding? = nil
    ) throws(SwerveError) {
        words = try topic.current()
        if let previous, previous.words == words {
            entries = previous.entries
            return
        }
        for (key, word) in words {
            var entry = Entry(newest: word.announcement)
            do throws(SwerveError) {
                _ = try trust.map { trust throws(SwerveError) in
                    try Self.believed(word, key: key, trust)
                }
                entry.authority = word.announcement
            } catch {
                entry.refusal = error.reason
            }
            entries[key] = entry
        }
        guard let trust, entries.contains(where: { $0.value.refusal != nil }) else { return }
        // Only now, since it reads the whole topic again: what is older than a forgery.
        var highest: [String: Int64] = [:]
        var found: [String: Announcement] = [:]
        let refused = entries.filter { $0.value.refusal != nil }
        try topic.forEachWord { key, word in
            guard refused[key] != nil,
                let epoch = try? Self.believed(word, key: key, trust),
                epoch > highest[key] ?? 0
            else { return }
            highest[key] = epoch
            found[key] = word.announcement
        }
        for (key, announcement) in found { entries[key]?.authority = announcement }
    }

    package subscript(model: ModelName) -> Entry { entries[model.description] ?? Entry() }

    /// The records that count, by model.
    package var authorities: [String: Announcement] { entries.compactMapValues(\.authority) }

    /// Why a worker with this trust does not believe a record; nil where it does, and for a
    /// tombstone.
    package static func refusal(
        of word: ControlWord?, key: [UInt8], _ trust: TrustPolicy
    ) -> String? {
        guard let word else { return nil }
        do throws(SwerveError) {
            _ = try believed(word, key: String(decoding: key, as: UTF8.self), trust)
            return nil
        } catch {
            return error.reason
        }
    }

    /// The epoch of a record that a worker with this trust believes.
    ///
    /// What cannot be read here may be what a newer worker reads: there the signature decides.
    private static func believed(
        _ word: ControlWord, key: String, _ trust: TrustPolicy
    ) throws(SwerveError) -> Int64 {
        let key = Array(key.utf8)
        do throws(SwerveError) {
            return try trust.believe(word.announcement, key: key, appended: word.appended)
                .record.deployment.epoch
        } catch {
            guard error.code != .refused else { throw error }
            let signed = try trust.signed(word.announcement, key: key)
            guard let header = TopicRecordHeader(signed.json) else {
                throw SwerveError(
                    .invalid, act: "believing a control record",
                    reason: "it is not a control record")
            }
            return header.epoch
        }
    }
}
