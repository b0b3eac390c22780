import Lifecycle

/// Walks the chain from its first entry and says where it does not hold together.
///
/// A value: entries go in one by one, in the order of their numbers, and nothing of them is kept.
struct AuditChainCheck {
    let registry: String
    private var expected: Int64 = 1
    /// The hash that stands with the entry before, and the one that it should have.
    private var stored: Digest?
    private var computed: Digest?
    /// How much higher the entries' own numbers are than those of their rows.
    private var shift: Int64 = 0

    init(registry: String) { self.registry = registry }

    /// - Returns: what is wrong with this entry; nothing for one that follows from those before.
    mutating func check(
        sequence: Int64, entry: [UInt8], fields: JSONValue?, hash: Digest?
    ) -> [AuditFinding] {
        var findings: [String] = []
        let isGap = sequence != expected
        if isGap { findings.append(gap(before: sequence)) }
        expected = sequence + 1
        let should = AuditEntry.hash(entry, after: stored)
        let follows = hash == should
        // Where the hash before was edited, this one follows from the hash that it should have.
        let followsRepaired = computed != stored && hash == AuditEntry.hash(entry, after: computed)
        if let fields {
            findings += told(fields, sequence)
        } else {
            findings.append("it is not JSON: it was edited")
        }
        if hash == nil {
            findings.append("its hash is not one: it was edited")
        } else if !follows, !followsRepaired, !isGap {
            findings.append(
                sequence == 1
                    ? "its hash is not that of its content: it was edited"
                    : "its hash is not that of its content behind entry \(sequence - 1): "
                        + "it was edited, or entry \(sequence - 1) was and got a new hash")
        }
        computed = followsRepaired ? hash : AuditEntry.hash(entry, after: stored)
        stored = hash
        return findings.map { AuditFinding(entry: sequence, $0) }
    }

    private func gap(before sequence: Int64) -> String {
        guard sequence > expected else { return "its number stands there twice: it was inserted" }
        return sequence == expected + 1
            ? "entry \(expected) before it is missing: it was removed"
            : "entries \(expected) to \(sequence - 1) before it are missing: they were removed"
    }

    private mutating func told(_ fields: JSONValue, _ sequence: Int64) -> [String] {
        var findings: [String] = []
        if let own = fields["seq"]?.int.map({ Int64($0) }) {
            let (distance, isBeyondAll) = own.subtractingReportingOverflow(sequence)
            if isBeyondAll {
                // No row was moved that far; those behind it are held against what was before.
                findings.append("by its own word it is entry \(own): it was edited")
            } else if distance != shift {
                // Only where it changes: one row inserted moves all behind it.
                shift = distance
                if shift != 0 {
                    let other = shift < 0 ? "inserted" : "removed"
                    findings.append(
                        "by its own word it is entry \(own): it was moved, or one before it was "
                            + other)
                }
            }
        } else {
            findings.append("it does not say its number: it was edited")
        }
        let isBegin = fields["act"]?.string == AuditAct.begin.rawValue
        if isBegin != (sequence == 1) {
            findings.append(
                isBegin ? "it begins the chain a second time" : "it does not begin the chain")
        }
        if isBegin, fields["registry"]?.string != registry {
            findings.append("it is of another registry than this one, \(registry)")
        }
        return findings
    }
}
