import Lifecycle

/// Trees as somebody hostile would change them.
enum HostileTrees {
    /// Every value of the tree in turn is replaced by each of these.
    private static let wrong: [JSONValue] = [
        .null, -1, 1e300, "x", [], [:], true, .int(.max), .int(.min), .double(-0.5),
    ]

    /// Copies of `tree` with one value changed; of long lists the first and the last entry.
    static func changes(_ tree: JSONValue) -> [JSONValue] {
        var changed = wrong
        switch tree {
        case .object(let fields):
            for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
                for other in changes(value) {
                    var copy = fields
                    copy[key] = other
                    changed.append(.object(copy))
                }
                var without = fields
                without[key] = nil
                changed.append(.object(without))
            }
            var more = fields
            more["more"] = 1
            changed.append(.object(more))
        case .array(let values):
            for index in Set([0, values.count - 1]) where values.indices.contains(index) {
                for other in changes(values[index]) {
                    var copy = values
                    copy[index] = other
                    changed.append(.array(copy))
                }
            }
            changed.append(.array(values + values))
            changed.append(.array(Array(values.dropLast())))
        case .null, .bool, .int, .double, .string: break
        }
        return changed
    }
}
