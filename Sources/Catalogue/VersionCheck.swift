package import Lifecycle

/// What the check of one thing in a registry came to.
package struct VersionCheck: Sendable, Equatable {
    package enum Outcome: Sendable, Equatable {
        /// Digests and self-test agree, over so many golden inputs and bytes.
        case sound(goldenInputs: Int, bytes: Int)
        case failed(String)
        case skipped(String)
    }

    /// `http-anomaly@3`; a model's name where the fault is not a version's.
    package let subject: String
    package let digest: Digest?
    package let outcome: Outcome

    package var json: JSONValue {
        var fields: [String: JSONValue] = [
            "subject": .string(subject), "digest": digest.map { .string($0.description) } ?? .null,
        ]
        switch outcome {
        case .sound(let inputs, let bytes):
            fields["result"] = "ok"
            fields["golden_inputs"] = .int(Int64(inputs))
            fields["bytes"] = .int(Int64(bytes))
        case .failed(let reason):
            fields["result"] = "failed"
            fields["reason"] = .string(reason)
        case .skipped(let reason):
            fields["result"] = "skipped"
            fields["reason"] = .string(reason)
        }
        return .object(fields)
    }

    /// The same in one line.
    package var line: String {
        switch outcome {
        case .sound(let inputs, let bytes):
            "\(subject)  ok  \(digest?.short ?? "")  \(inputs) golden inputs, \(bytes) bytes"
        case .failed(let reason): "\(subject)  FAILED  \(reason)"
        case .skipped(let reason): "\(subject)  skipped  \(reason)"
        }
    }
}
