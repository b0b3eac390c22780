/// A worker's stable place in its group, over all hosts: the key `group/slot` of the status topic.
package struct SlotID: Sendable, Hashable, Codable, CustomStringConvertible {
    package let group: String
    package let slot: Int

    package init(group: String, slot: Int) {
        self.group = group
        self.slot = slot
    }

    /// Reads a status record's key; group names may contain slashes, slots may not.
    package init?(key: some Sequence<UInt8>) {
        let text = String(decoding: Array(key), as: UTF8.self)
        guard let slash = text.lastIndex(of: "/"), slash > text.startIndex,
            let slot = Int(text[text.index(after: slash)...]), slot >= 0
        else { return nil }
        self.init(group: String(text[..<slash]), slot: slot)
    }

    package var description: String { "\(group)/\(slot)" }
}
