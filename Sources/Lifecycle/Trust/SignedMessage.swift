/// The bytes that a signature covers: a line that says what is signed, then each part behind its
/// length (UInt32, big endian), so that no two lists of parts give the same bytes.
package enum SignedMessage {
    /// Of a control record: the topic's name, the registry's id, the record's key, and the exact
    /// bytes of its value.
    package static func controlRecord(
        topic: String, registry: String, key: [UInt8], value: [UInt8]
    ) -> [UInt8] {
        message("swerve control record 1", [Array(topic.utf8), Array(registry.utf8), key, value])
    }

    /// Of an artifact: the model that it is for, and its digest.
    package static func artifact(model: ModelName, digest: Digest) -> [UInt8] {
        message(
            "swerve artifact 1", [Array(model.description.utf8), Array(digest.description.utf8)])
    }

    /// Of a heartbeat: the status topic's name, the record's key, and the exact bytes of its value.
    package static func heartbeat(topic: String, key: [UInt8], value: [UInt8]) -> [UInt8] {
        message("swerve heartbeat 1", [Array(topic.utf8), key, value])
    }

    /// Of the record without a value that takes a slot off the status topic: which process stops.
    package static func farewell(topic: String, key: [UInt8], incarnation: String) -> [UInt8] {
        message("swerve farewell 1", [Array(topic.utf8), key, Array(incarnation.utf8)])
    }

    /// Of a rollout's plan: the control topic's name, the registry's id, the model, and the exact
    /// bytes of the mandate.
    package static func rolloutPlan(
        topic: String, registry: String, key: [UInt8], mandate: [UInt8]
    ) -> [UInt8] {
        message("swerve mandate 1", [Array(topic.utf8), Array(registry.utf8), key, mandate])
    }

    private static func message(_ purpose: String, _ parts: [[UInt8]]) -> [UInt8] {
        var bytes = Array("\(purpose)\n".utf8)
        for part in parts {
            let count = UInt32(clamping: part.count)
            bytes += (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * $0)) }
            bytes += part
        }
        return bytes
    }
}
