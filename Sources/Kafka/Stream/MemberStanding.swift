import CRdKafka
package import Lifecycle

/// What the brokers say of a static member's place in its group.
package enum MemberStanding: Sendable, Equatable {
    /// No other process has it: it is still the member's, or nobody's.
    case free
    /// Another process has taken it since.
    case replaced(String)
    /// The brokers did not say; whether it is worth another try is the error's word.
    case unknown(SwerveError)

    /// Of the members that the group's coordinator lists under the static id.
    ///
    /// - Parameters:
    ///   - ids: the member ids that it has now; the coordinator gives a new one to whoever joins.
    ///   - own: the member id of this process's last assignment.
    init(listed ids: [String], own: String, instanceID: String) {
        let other = ids.first { $0 != own }
        self =
            other.map {
                .replaced("the group has \($0.printable) as its member \(instanceID)")
            } ?? .free
    }
}

extension DataConsumer {
    /// Asks the group's coordinator whether another process has taken this one's place: a member
    /// that was stopped for long learns that by itself only with a heartbeat, and not at all where
    /// its session had ended before.
    ///
    /// To be called while partitions are assigned, or from inside `lost`: a member that is about to
    /// join again would meet its own new member id.
    package func standing(timeoutMs: Int32) -> MemberStanding {
        if let fatalFault, fatalFault.meaning == .fenced { return .replaced(fatalFault.text) }
        guard case .static(let instanceID) = membership, let memberID else { return .free }
        do throws(SwerveError) {
            let ids = try handle.memberIDs(of: group, instanceID: instanceID, timeoutMs: timeoutMs)
            return MemberStanding(listed: ids, own: memberID, instanceID: instanceID)
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

    /// The ids of the members of `group` under a static id: one at most, but for a moment.
    func memberIDs(
        of group: String, instanceID: String, timeoutMs: Int32
    ) throws(SwerveError) -> [String] {
        let act = "asking for the members of group \(group)"
        let rights = [KafkaRight.group(group)]
        let event = try unsafe admin(act: act, rights: rights, timeoutMs: timeoutMs) {
            options, queue in
            unsafe group.withCString { name in
                var names: [UnsafePointer<CChar>?] = unsafe [name]
                unsafe rd_kafka_DescribeConsumerGroups(raw, &names, 1, options, queue)
            }
        }
        defer { unsafe rd_kafka_event_destroy(event) }
        var count = 0
        guard let result = unsafe rd_kafka_event_DescribeConsumerGroups_result(event),
            let groups = unsafe rd_kafka_DescribeConsumerGroups_result_groups(result, &count),
            count > 0, let described = unsafe groups[0]
        else { throw SwerveError(.system, act: act, reason: "no result") }
        let code = unsafe rd_kafka_ConsumerGroupDescription_error(described).map {
            unsafe rd_kafka_error_code($0)
        }
        if let code, code != RD_KAFKA_RESP_ERR_NO_ERROR {
            throw SwerveError(act: act, kafka: code, rights: rights)
        }
        var ids: [String] = []
        for index in 0..<(unsafe rd_kafka_ConsumerGroupDescription_member_count(described)) {
            guard
                let member = unsafe rd_kafka_ConsumerGroupDescription_member(described, index),
                let instance = unsafe rd_kafka_MemberDescription_group_instance_id(member),
                unsafe String(cString: instance) == instanceID,
                let id = unsafe rd_kafka_MemberDescription_consumer_id(member)
            else { continue }
            unsafe ids.append(String(cString: id))
        }
        return ids
    }
}
