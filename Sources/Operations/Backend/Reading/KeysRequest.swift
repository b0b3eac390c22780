package import Registry

/// The public keys, revoked ones among them.
package struct KeysRequest: Codable, Sendable, Equatable {
    /// Whether who asks will believe them: they are held against the audit chain first.
    package let isToBelieve: Bool

    package init(isToBelieve: Bool = false) { self.isToBelieve = isToBelieve }
}

package struct KeysResult: Codable, Sendable, Equatable {
    /// By name.
    package let keys: [RegisteredKey]
}
