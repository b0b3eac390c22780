import Kafka
import Lifecycle
import Serving

/// Lists of rights, for people, programs, and Kafka's own tool.
enum AccessText {
    static func lines(_ access: [ProcessAccess]) -> [String] {
        var lines: [String] = []
        for process in access {
            if !lines.isEmpty { lines.append("") }
            let others = process.others.isEmpty ? "" : " (also \(process.others))"
            lines += TextLayout.wrapped(process.process + others)
            if process.rules.isEmpty { lines.append("  nothing") }
            for rule in process.rules {
                let words = TextLayout.row(
                    "  \(rule.right.operation)", [name(rule.right)],
                    widths: [max(1, name(rule.right).count)], firstWidth: operationWidth)
                lines.append(words + (rule.condition.map { "  (\($0))" } ?? ""))
            }
        }
        return lines
    }

    /// `processes`: for each `process`, `also`, and `rules`: `resource`, `name` (null for the
    /// cluster), `pattern`, `operation`, `condition` (null where the process cannot do without),
    /// and `principal` where one was named.
    static func document(_ access: [ProcessAccess], principal: String?) -> JSONValue {
        [
            "principal": principal.map { .string($0) } ?? .null,
            "processes": .array(
                access.map { process in
                    [
                        "process": .string(process.process),
                        "also": process.others.isEmpty ? .null : .string(process.others),
                        "rules": .array(process.rules.map(document)),
                    ]
                }),
        ]
    }

    private static func document(_ rule: AccessRule) -> JSONValue {
        let right = rule.right
        return [
            "resource": .string(right.resource.rawValue),
            "name": right.name.isEmpty ? .null : .string(right.name),
            "pattern": .string(right.isPrefix ? "prefixed" : "literal"),
            "operation": .string(right.operation),
            "condition": rule.condition.map { .string($0) } ?? .null,
        ]
    }

    /// Commands for a shell, one for each operation on a kind of resource; rules under a condition
    /// as comments.
    static func commands(
        _ access: [ProcessAccess], principal: String, bootstrap: String
    ) -> [String] {
        let start =
            "kafka-acls.sh --bootstrap-server \(quoted(bootstrap)) --add --allow-principal "
            + quoted(principal)
        var lines: [String] = []
        for process in access {
            let others = process.others.isEmpty ? "" : " (also \(process.others))"
            lines.append("# \(process.process)\(others)")
            var rest = process.rules[...]
            while let first = rest.first {
                func goesWithIt(_ rule: AccessRule) -> Bool {
                    rule.condition == first.condition
                        && rule.right.operation == first.right.operation
                        && rule.right.resource == first.right.resource
                        && rule.right.isPrefix == first.right.isPrefix
                }
                let together = rest.filter(goesWithIt).map(\.right)
                rest = rest.filter { !goesWithIt($0) }[...]
                let mark = first.condition.map { "# \($0): " } ?? ""
                lines.append("\(mark)\(start) \(options(together))")
            }
        }
        return lines
    }

    /// Of rights of one operation on one kind of resource.
    ///
    /// Values stand behind `=`, since a name may begin with a `-`.
    private static func options(_ rights: [KafkaRight]) -> String {
        var words = "--operation \(rights.first?.operation ?? "")"
        for right in rights {
            words +=
                right.resource == .cluster
                ? " --cluster" : " --\(right.resource.rawValue)=\(quoted(right.name))"
        }
        return words + (rights.first?.isPrefix == true ? " --resource-pattern-type prefixed" : "")
    }

    private static func name(_ right: KafkaRight) -> String {
        let kind = right.resource.rawValue
        guard right.resource != .cluster else { return kind }
        return "\(kind) \(right.name.printable)\(right.isPrefix ? "*" : "")"
    }

    /// One word of a shell, whatever is in it.
    static func quoted(_ text: String) -> String {
        "'"
            + text.split(separator: "'", omittingEmptySubsequences: false)
            .joined(separator: "'\\''") + "'"
    }

    private static let operationWidth = 18
}
