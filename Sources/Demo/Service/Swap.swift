import Lifecycle

/// One change of the deployment while records flowed.
package struct Swap: Sendable, Equatable {
    package enum Kind: String, Sendable {
        case canary, promotion, rollback
    }

    package let kind: Kind
    package let epoch: Int64
    /// The version that the change brought in.
    package let version: Int
    /// From the registry's commit to the last slot's first poll under the epoch.
    package let convergenceMs: Int64

    package init(kind: Kind, epoch: Int64, version: Int, convergenceMs: Int64) {
        self.kind = kind
        self.epoch = epoch
        self.version = version
        self.convergenceMs = convergenceMs
    }

    var json: JSONValue {
        [
            "kind": .string(kind.rawValue), "epoch": .int(epoch), "version": .int(Int64(version)),
            "convergence_ms": .int(convergenceMs),
        ]
    }
}
