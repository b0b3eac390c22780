/// A record as it was fed.
package struct FedRecord: Sendable, Equatable {
    package let key: [UInt8]
    /// The request's own id as it stands between the quotes of the value; nil where it has none.
    package let id: [UInt8]?
    package let value: [UInt8]

    package init(key: [UInt8], id: [UInt8]?, value: [UInt8]) {
        self.key = key
        self.id = id
        self.value = value
    }
}
