import Lifecycle

/// Whether two documents are the same: numbers within 1e-9 · max(1, |a|), all else exactly.
func isSame(_ wanted: JSONValue, _ got: JSONValue) -> Bool {
    switch (wanted, got) {
    case (.object(let left), .object(let right)):
        left.count == right.count
            && left.allSatisfy { key, value in right[key].map { isSame(value, $0) } ?? false }
    case (.array(let left), .array(let right)):
        left.count == right.count && zip(left, right).allSatisfy(isSame)
    case (.int, _), (.double, _):
        if let left = wanted.double, let right = got.double {
            abs(left - right) <= 1e-9 * max(1, abs(left))
        } else {
            false
        }
    default: wanted == got
    }
}
