import CRdKafka
package import Lifecycle

/// What the brokers say of a static member's place in its group.
package enum MemberStanding: Sendable, Equatable {
    /// No other process has it: it is still the member's, or nobody's.
    case free
    /// Another process has taken it since.
    case replaced(String)
    /// It is under an id that this process does not know, between two memberships of its own: its
    /// own, of a join whose answer is lost, or another process's.
    case doubtful(String)
    /// No broker that answered lists the group: it has neither members nor offsets, or its
    /// coordinator did not answer, which the listing does not tell where another broker did.
    case unlisted
    /// The brokers did not say; whether it is worth another try is the error's word.
    case unknown(SwerveError)

    /// Of the members that the group's coordinator lists under the static id.
    ///
    /// - Parameters:
    ///   - ids: the member ids that it has now; the coordinator gives a new one to whoever joins.
    ///   - own: the member ids of this process: of its last assignment, and since.
    ///   - isMember: whether this process knows by which id it is a member now.
    init(listed ids: [String], own: Set<String>, isMember: Bool, instanceID: String) {
        guard let other = ids.first(where: { !own.contains($0) }) else {
            self = .free
            return
        }
        let words = "the group has \(other.printable) as its member \(instanceID)"
        self = isMember ? .replaced(words) : .doubtful(words)
    }
}

extension DataConsumer {
    /// Asks the group's coordinator whether another process has taken this one's place: a member
    /// that was stopped for long learns that by itself only with a heartbeat, and not at all where
    /// its session had ended before.
    ///
    /// A member that the group has fenced may have fenced itself: what it sent under the id that it
    /// had before it joined again is refused with the same words.
    package func standing(timeoutMs: Int32) -> MemberStanding {
        let fence = fatalFault.flatMap { $0.meaning == .fenced ? $0.text : nil }
        guard case .static(let instanceID) = membership, memberID != nil || fence != nil else {
            return fence.map { MemberStanding.replaced($0) } ?? .free
        }
        do throws(SwerveError) {
            let listed = try handle.memberIDs(
                of: group, instanceID: instanceID, timeoutMs: timeoutMs)
            guard let ids = listed else { return .unlisted }
            let present = handle.memberID
            return MemberStanding(
                listed: ids, own: Set([memberID, present].compactMap(\.self)),
                isMember: present != nil, instanceID: instanceID)
        } catch {
            return .unknown(error)
        }
    }
}

extension KafkaHandle {
    /// This member's id, as the coordinator gave it; nil while there is none.
    var memberID: String? {
        guard let text = unsafe rd_kafka_memberid(raw) else { return nil }
        defer { unsafe rd_kafka_mem_free(raw, text) }
        let id = unsafe String(cString: text)
        return id.isEmpty ? nil : id
    }

    /// The ids of the members of `group` under a static id: one at most, but for a moment; nil for
    /// a group that no broker lists.
    ///
    /// The listing tells no static ids, but the coordinator makes a member's id of its static id
    /// and a UUID.
    func memberIDs(
        of group: String, instanceID: String, timeoutMs: Int32
    ) throws(SwerveError) -> [String]? {
        var ids: [String]?
        let code = listMembers(of: group, into: &ids, timeoutMs: timeoutMs)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw SwerveError(
                act: "asking for the members of group \(group)", kafka: code,
                rights: [.group(group)])
        }
        return ids?.filter { Self.isMember($0, instanceID: instanceID) }
    }

    /// Asks once for the ids of the members of `group`; nil for a group that no broker lists.
    ///
    /// By the plain listing, which every broker answers: librdkafka's admin calls to a coordinator
    /// end the process with an assertion where the connection is lost meanwhile (librdkafka#4605),
    /// and this is asked just when brokers come and go.
    func listMembers(
        of group: String, into ids: inout [String]?, timeoutMs: Int32
    ) -> rd_kafka_resp_err_t {
        ids = nil
        var found: UnsafePointer<rd_kafka_group_list>?
        let code = unsafe rd_kafka_list_groups(raw, group, &found, timeoutMs)
        defer { if let list = unsafe found { unsafe rd_kafka_group_list_destroy(list) } }
        // Of brokers that answered only in part, the coordinator is one where it lists the group.
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR__PARTIAL else {
            return code
        }
        guard let list = unsafe found else { return RD_KAFKA_RESP_ERR__FAIL }
        for place in 0..<Int(unsafe list.pointee.group_cnt) {
            let listed = unsafe list.pointee.groups[place]
            let fault = unsafe listed.err
            guard fault == RD_KAFKA_RESP_ERR_NO_ERROR else { return fault }
            var members = ids ?? []
            for index in 0..<Int(unsafe listed.member_cnt) {
                guard let id = unsafe listed.members[index].member_id else { continue }
                unsafe members.append(String(cString: id))
            }
            ids = members
        }
        return ids == nil ? code : RD_KAFKA_RESP_ERR_NO_ERROR
    }

    /// Whether a member id is one of a static id's: `ID-` and a UUID.
    static func isMember(_ id: String, instanceID: String) -> Bool {
        id.hasPrefix("\(instanceID)-") && id.utf8.count == instanceID.utf8.count + 1 + uuidBytes
    }

    private static var uuidBytes: Int { 36 }
}
