package import Lifecycle
package import Scoring

extension Calibration {
    /// What is told of it: method, members, and the numbers of its curves; of tables, how many
    /// points each has, and where they begin and end.
    package var json: JSONValue {
        func list(_ numbers: [Double]) -> JSONValue { .array(numbers.map { .double($0) }) }
        var fields: [String: JSONValue] = [
            "method": .string(method), "members": .int(Int64(members)),
        ]
        switch curves {
        case .sigmoid(let a, let b):
            fields["a"] = list(a)
            fields["b"] = list(b)
        case .temperature(let beta): fields["beta"] = list(beta)
        case .isotonic(let tables):
            fields["tables"] = .array(
                (0..<tables.count).map { table in
                    let (first, end) = (tables.starts[table], tables.starts[table + 1])
                    return [
                        "points": .int(Int64(end - first)),
                        "x": list([tables.x[first], tables.x[end - 1]]),
                        "y": list([tables.y[first], tables.y[end - 1]]),
                    ]
                })
        }
        return .object(fields)
    }
}
