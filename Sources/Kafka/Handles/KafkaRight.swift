import Lifecycle

/// A right at the brokers, as an access list gives it.
///
/// What a client needs is said by the class that makes it, once: the errors name the missing one of
/// these, and the lists of rights are made of them.
package struct KafkaRight: Sendable, Hashable, CustomStringConvertible {
    let denial: KafkaMeaning.Denial
    /// The operation, as Kafka's tools name it: `Read`.
    package let operation: String
    /// Empty for the cluster.
    package let name: String
    /// Whether it is on all names that begin with `name`.
    package let isPrefix: Bool

    private init(
        _ denial: KafkaMeaning.Denial, _ operation: String, _ name: String, isPrefix: Bool = false
    ) {
        self.denial = denial
        self.operation = operation
        self.name = name
        self.isPrefix = isPrefix
    }

    package static func topic(_ name: String, _ operation: String) -> KafkaRight {
        KafkaRight(.topic, operation, name)
    }

    package static func group(_ name: String, _ operation: String = "Read") -> KafkaRight {
        KafkaRight(.group, operation, name)
    }

    package static func transactionalID(_ name: String) -> KafkaRight {
        KafkaRight(.transactionalID, "Write", name)
    }

    package static func cluster(_ operation: String) -> KafkaRight {
        KafkaRight(.cluster, operation, "")
    }

    /// The same on all names that begin with `prefix`.
    package func onAll(beginningWith prefix: String) -> KafkaRight {
        KafkaRight(denial, operation, prefix, isPrefix: true)
    }

    /// What it is on.
    package var resource: Resource {
        switch denial {
        case .topic: .topic
        case .group: .group
        case .transactionalID: .transactionalID
        case .cluster, .credentials, .tls, .delegationToken: .cluster
        }
    }

    package enum Resource: String, Sendable, CaseIterable {
        case topic, group
        case transactionalID = "transactional-id"
        case cluster
    }

    /// Whether who has it sees that the topic is there: these operations imply Describe.
    var showsTopic: Bool {
        denial == .topic
            && (operation == "Describe" || Self.implyingDescribe.contains(operation))
    }

    /// Whether brokers take it for the other one as well.
    package func implies(_ other: KafkaRight) -> Bool {
        other.operation == "Describe" && Self.implyingDescribe.contains(operation)
            && (denial, name, isPrefix) == (other.denial, other.name, other.isPrefix)
    }

    private static let implyingDescribe = ["Read", "Write", "Alter", "Delete"]

    package var description: String {
        let words = isPrefix ? "each \(denial.words) that begins with" : denial.words
        return name.isEmpty
            ? "\(operation) on the \(words)"
            : "\(operation) on \(words) \(name.shortened(to: 255))"
    }
}

extension DataConsumer {
    /// What a member of a group, or who commits under its name, needs at the brokers.
    package static func rights(topic: String, group: String) -> [KafkaRight] {
        [.topic(topic, "Read"), .group(group)]
    }
}
