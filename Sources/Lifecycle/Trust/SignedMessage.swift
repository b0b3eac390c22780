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

    /// What a message says and its parts; nil for what is none.
    package static func parts(of message: [UInt8]) -> (purpose: String, parts: [[UInt8]])? {
        guard let end = message.prefix(purposeBytes).firstIndex(of: UInt8(ascii: "\n")),
            let purpose = String(validating: message[..<end], as: UTF8.self)
        else { return nil }
        var rest = message[(end + 1)...]
        var parts: [[UInt8]] = []
        while !rest.isEmpty {
            guard rest.count >= 4 else { return nil }
            let count = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(4)
            guard count <= rest.count else { return nil }
            parts.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return (purpose, parts)
    }

    private static let purposeBytes = 64

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
