package import Lifecycle
import ModelFormats
package import Scoring

extension Artifact {
    /// The calibration of its model, read anew from the model's file; nil where it has none, or
    /// cannot be read.
    package func calibration(_ manifest: ArtifactManifest) -> JSONValue? {
        // Model files of the text formats have none, and may be long to read.
        guard [ModelFormat.safetensors, .onnx].map(\.rawValue).contains(manifest.format),
            let file = manifest.files.first(where: { $0.role == .model }),
            let bytes = files[file.name],
            let parsed = try? ParsedModel(parsing: NamedBytes(name: file.name, bytes: bytes))
        else { return nil }
        return parsed.model.calibration?.json
    }
}

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
