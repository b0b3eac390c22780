import CRdKafka
package import Lifecycle

extension TopicAdministrator {
    /// Whether a group has a static member of this id; not where there is no such group.
    ///
    /// - Throws: `.unavailable` where the brokers do not all answer in time.
    package func hasStaticMember(
        _ instanceID: String, in group: String, timeoutMs: Int32
    ) throws(SwerveError) -> Bool {
        let ids = try members(
            of: group, act: "looking at the members of group \(group)", timeoutMs: timeoutMs)
        return (ids ?? []).contains { KafkaHandle.isMember($0, instanceID: instanceID) }
    }

    /// Deletes a group without members, and the offsets it committed; one that is not there counts
    /// as deleted.
    ///
    /// Lists the group before: then every broker has just answered, and the admin call, which ends
    /// the process where the coordinator's connection fails (librdkafka#4605), is sent over
    /// connections that stand, and not at all for a group that has members or is not there.
    ///
    /// - Returns: false where it still has members, which keep it.
    package func delete(group: String, timeoutMs: Int32) throws(SwerveError) -> Bool {
        let act = "deleting group \(group)"
        guard let members = try members(of: group, act: act, timeoutMs: timeoutMs) else {
            return true
        }
        guard members.isEmpty else { return false }
        var requests: [OpaquePointer?] = unsafe [unsafe rd_kafka_DeleteGroup_new(group)]
        defer { unsafe requests.forEach { unsafe rd_kafka_DeleteGroup_destroy($0) } }
        let event = try unsafe handle.admin(act: act, rights: [], timeoutMs: timeoutMs) {
            options, queue in
            unsafe rd_kafka_DeleteGroups(handle.raw, &requests, requests.count, options, queue)
        }
        defer { unsafe rd_kafka_event_destroy(event) }
        var count = 0
        guard let result = unsafe rd_kafka_event_DeleteGroups_result(event),
            let results = unsafe rd_kafka_DeleteGroups_result_groups(result, &count), count > 0
        else { throw SwerveError(.system, act: act, reason: "no result") }
        guard let error = unsafe rd_kafka_group_result_error(results[0]) else { return true }
        let code = unsafe rd_kafka_error_code(error)
        if code == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND { return true }
        if code == RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP { return false }
        throw SwerveError(
            act: act, kafka: code, detail: unsafe String(cString: rd_kafka_error_string(error)))
    }

    /// The ids of a group's members; nil for a group that no broker lists.
    private func members(
        of group: String, act: String, timeoutMs: Int32
    ) throws(SwerveError) -> [String]? {
        var ids: [String]?
        try handle.retrying(act, timeoutMs: timeoutMs, rights: [.group(group)]) { milliseconds in
            handle.listMembers(of: group, into: &ids, timeoutMs: milliseconds)
        }
        return ids
    }
}
