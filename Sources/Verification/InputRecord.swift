import Lifecycle

/// A record as it stands on the input topic: what was to be scored.
package struct InputRecord: Sendable, Equatable {
    package let key: [UInt8]
    /// The request's own id as it stands between the quotes of the value; nil where it has none.
    package let id: [UInt8]?
    package let value: [UInt8]

    package init(key: [UInt8], id: [UInt8]?, value: [UInt8]) {
        self.key = key
        self.id = id
        self.value = value
    }

    /// Whether a prediction with this id, as it stands between its quotes, may be this record's.
    ///
    /// Request and prediction write the id each in a JSON string of its own making, and a
    /// prediction cuts a long one between characters.
    func isNamed(by predicted: [UInt8]?) -> Bool {
        guard let id, let predicted else { return id == nil && predicted == nil }
        if id == predicted, id.count <= Limits.requestIDBytes { return true }
        guard let sent = Self.text(id), let named = Self.text(predicted) else { return false }
        if sent.utf8.count <= Limits.requestIDBytes { return sent == named }
        return !named.isEmpty && sent.utf8.starts(with: named.utf8)
            && sent.utf8.count - named.utf8.count > 0 && named.utf8.count <= Limits.requestIDBytes
    }

    private static func text(_ escaped: [UInt8]) -> String? {
        let quote = UInt8(ascii: "\"")
        return (try? JSONValue(parsing: [quote] + escaped + [quote], act: "reading an id"))?.string
    }
}
