import Kafka
import Lifecycle

/// One dead letter, for people and for programs.
extension StoredLetter {
    var causedBy: String {
        switch reason.cause {
        case .clients: "clients"
        case .operators: "operators"
        }
    }

    /// Where it is and why.
    var place: [String: JSONValue] {
        [
            "partition": .int(Int64(partition)), "offset": .int(offset),
            "at_ms": timestampMs.map { .int($0) } ?? .null,
            "source": [
                "topic": .string(sourceTopic), "partition": .int(Int64(sourcePartition)),
                "offset": .int(sourceOffset),
            ],
            "epoch": .int(reason.epoch), "reason": .string(reason.text), "stub": .bool(isStub),
        ]
    }

    /// `place`, and `code`, `caused_by`, `model`, `key`, `headers`, `value` (as a text; null for
    /// none, and where it is not shown), `size` (bytes of the value) and `shown`.
    func document(_ mask: FieldMask) -> JSONValue {
        let shown = shownValue(mask)
        var fields = place
        fields["code"] = .string(reason.code)
        fields["caused_by"] = .string(causedBy)
        fields["model"] = .string(reason.model)
        fields["key"] = .string(String(decoding: key, as: UTF8.self))
        fields["headers"] = .object(shownHeaders(mask).mapValues { .string($0) })
        fields["value"] = shown.map { .string($0) } ?? .null
        fields["size"] = value.map { .int(Int64($0.count)) } ?? .null
        fields["shown"] = .bool(value == nil || shown != nil)
        return .object(fields)
    }

    func lines(_ mask: FieldMask) -> [String] {
        var lines = [
            "dead letter \(partition):\(offset), caused by \(causedBy)",
            "  record   \(TextLayout.remark(sourceTopic)) [\(sourcePartition)] offset \(sourceOffset)",
            "  reason   \(shownCode): "
                + TextLayout.remark(reason.text),
            "  model    \(reason.model.printable), epoch \(reason.epoch)",
        ]
        if let timestampMs { lines.append("  at       \(Timestamp.text(ofMs: timestampMs))") }
        if !key.isEmpty {
            lines.append("  key      \(String(decoding: key, as: UTF8.self).printable)")
        }
        for (name, text) in shownHeaders(mask).sorted(by: { $0.key < $1.key }) {
            lines.append("  header   \(name.printable): \(text.printable)")
        }
        guard let value else { return lines + ["  no value (a tombstone)"] }
        guard let shown = shownValue(mask) else {
            return lines + ["  \(value.count) bytes, not shown: mask: is set, and this is no JSON"]
        }
        let what = isStub ? "what stands for a record that is too large" : "\(value.count) bytes"
        return lines + ["  \(what):", shown.printable]
    }

    /// Whoever writes to the topic may make up a code of any length.
    private var shownCode: String { TextLayout.remark(reason.code, scalars: Self.codeScalars) }

    /// A stub has nothing of the record in it.
    private func shownValue(_ mask: FieldMask) -> String? {
        value.flatMap { isStub ? String(decoding: $0, as: UTF8.self) : mask.shown($0) }
    }

    private func shownHeaders(_ mask: FieldMask) -> [String: String] {
        Dictionary(
            uniqueKeysWithValues: headers.map { name, text in
                (name, mask.hides(name) ? FieldMask.hidden : text)
            })
    }

    private var timestampMs: Int64? {
        switch timestamp {
        case .appended(let milliseconds), .claimed(let milliseconds): milliseconds
        case .none: nil
        }
    }

    /// In a line: no code of the service's own is longer.
    static let codeScalars = 20
}
