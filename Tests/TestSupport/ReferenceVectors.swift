import Foundation
package import Lifecycle

/// The lines of a reference file, read with the JSON of the product.
package enum ReferenceVectors {
    package static func lines(_ name: String) throws -> [JSONValue] {
        try SharedData.bytes("conformance/vectors/\(name)").split(separator: 0x0A).map {
            try JSONValue(parsing: $0, act: "reading \(name)")
        }
    }

    /// The texts of the vectors by their id.
    package static func texts() throws -> [String: [UInt8]] {
        var texts: [String: [UInt8]] = [:]
        for line in try lines("inputs_text.jsonl") {
            guard let id = line["id"]?.string, let text = bytes(line["text_b64"]) else { continue }
            texts[id] = text
        }
        return texts
    }

    package static func bytes(_ base64: JSONValue?) -> [UInt8]? {
        (base64?.string).flatMap { Data(base64Encoded: $0) }.map(Array.init)
    }
}
