package import Lifecycle

/// What somebody found out later of one record: which class it really is.
///
/// `{"id":"r-17","label":"attack","basis":"random"}`, or in the place of the id
/// `"source":{"partition":3,"offset":42}` or `"source":"3@42"`.
package struct LabelRecord: Sendable, Equatable {
    package enum Subject: Sendable, Hashable {
        /// The request's own, as text.
        case id(String)
        /// Its place on the input.
        case place(StreamPlace)

        package var words: String {
            switch self {
            case .id(let id): "'\(id.shortened(to: 80))'"
            case .place(let place): "\(place)"
            }
        }
    }

    package let subject: Subject
    package let label: String
    /// How the record was chosen to be labelled; nil where nobody says.
    package let basis: String?

    package init(_ subject: Subject, label: String, basis: String? = nil) {
        self.subject = subject
        self.label = label
        self.basis = basis
    }

    /// - Parameter input: the topic of which places are.
    /// - Throws: `.invalid` for what is no label of a record of that topic.
    package init(parsing bytes: [UInt8], input: String) throws(SwerveError) {
        let act = "reading a label"
        func refusal(_ reason: String) -> SwerveError {
            SwerveError(.invalid, act: act, reason: reason)
        }
        let json = try JSONValue(parsing: bytes, act: act, limit: Self.bytesMax)
        guard json.object != nil else { throw refusal("it is no object") }
        guard let label = Self.word(json["label"]) else { throw refusal("it has no label") }
        let basis = json["basis"] ?? .null
        guard basis == .null || basis.string != nil else { throw refusal("its basis is no text") }
        if let source = json["source"], source != .null {
            if let topic = source["topic"]?.string, topic != input {
                throw refusal("it is of topic \(topic.shortened(to: 100)), not of \(input)")
            }
            guard let place = Self.place(source) else {
                throw refusal("its source is no place")
            }
            subject = .place(place)
        } else if let id = Self.word(json["id"]), !id.isEmpty {
            guard id.utf8.count <= Limits.requestIDBytes else {
                throw refusal("its id has more than \(Limits.requestIDBytes) bytes")
            }
            subject = .id(id)
        } else {
            throw refusal("it names no record: neither id nor source")
        }
        guard label.utf8.count <= Self.wordBytes, (basis.string ?? "").utf8.count <= Self.wordBytes
        else { throw refusal("its label or basis has more than \(Self.wordBytes) bytes") }
        self.label = label
        self.basis = basis.string
    }

    private static func place(_ source: JSONValue) -> StreamPlace? {
        if let text = source.string {
            let parts = text.split(separator: "@", omittingEmptySubsequences: false)
            guard parts.count == 2, let partition = Int32(parts[0]), let offset = Int64(parts[1]),
                partition >= 0, offset >= 0
            else { return nil }
            return StreamPlace(partition: partition, offset: offset)
        }
        guard let partition = source["partition"]?.int.flatMap(Int32.init(exactly:)),
            let offset = source["offset"]?.int, partition >= 0, offset >= 0
        else { return nil }
        return StreamPlace(partition: partition, offset: Int64(offset))
    }

    /// A text, or what stands for one: 1 and -1 are classes too, and so are true and false.
    private static func word(_ value: JSONValue?) -> String? {
        switch value {
        case .string(let text): text
        case .int(let number): "\(number)"
        case .bool(let isTrue): isTrue ? "true" : "false"
        default: nil
        }
    }

    /// Records that were drawn without regard to any verdict.
    package static let random = "random"
    package static let bytesMax = 65_536
    private static let wordBytes = 256
}
