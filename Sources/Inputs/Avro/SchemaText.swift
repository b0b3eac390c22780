/// Another schema that a schema uses types of, as a registry names it.
package struct SchemaReference: Sendable, Hashable {
    /// The name under which the text that refers to it knows it.
    package let name: String
    package let subject: String
    package let version: Int32

    package init(name: String, subject: String, version: Int32) {
        self.name = name
        self.subject = subject
        self.version = version
    }
}

/// A schema as a registry hands it over, not yet understood.
package struct SchemaText: Sendable, Equatable {
    package let text: [UInt8]
    /// Nil where the registry says none, which means Avro.
    package let schemaType: String?
    package let references: [SchemaReference]

    package init(
        _ text: [UInt8], schemaType: String? = nil, references: [SchemaReference] = []
    ) {
        self.text = text
        self.schemaType = schemaType
        self.references = references
    }

    /// The most bytes of a schema's text.
    package static let textBytesMax = 1 << 20
    /// The most bytes of a registry's answer, decoded.
    package static let answerBytesMax = 2 << 20
    /// References of a schema, those of references included.
    package static let referencesMax = 64
    /// References of references of ….
    package static let referenceDepthMax = 16

    /// Why an answer gives no text.
    package enum AnswerFault: Error, Sendable, Equatable {
        /// It is no JSON object with a string `schema`: not a schema registry's word.
        case notASchema
        /// The registry said so, and it is final.
        case bad(BadSchema)
    }
    /// What a registry's answer says: a JSON object with a string `schema`.
    ///
    /// - Parameter answer: its body, decoded; of any content.
    /// - Throws: `.bad` for what is final: too long an answer or text, references that are none.
    package init(answer: [UInt8]) throws(AnswerFault) {
        guard answer.count <= Self.answerBytesMax else {
            throw .bad(BadSchema("the answer has more than \(Self.answerBytesMax) bytes"))
        }
        guard let json = try? SchemaJSON(answer), let place = json.member(0, "schema"),
            let text = json.bytes(place)
        else { throw .notASchema }
        guard text.count <= Self.textBytesMax else {
            throw .bad(BadSchema("it has more than \(Self.textBytesMax) bytes"))
        }
        // What is no string is not AVRO either.
        let type = json.member(0, "schemaType").map { json.bytes($0) ?? [] }
        self.init(
            Array(text), schemaType: type.map { String(decoding: $0, as: UTF8.self) },
            references: try Self.references(of: json))
    }

    private static func references(
        of json: SchemaJSON
    ) throws(AnswerFault) -> [SchemaReference] {
        guard let list = json.member(0, "references"), json.kind(list) != .null else { return [] }
        let entries = json.kind(list) == .array ? json.inside(list) : [list]
        guard entries.count <= referencesMax else {
            throw .bad(BadSchema("it has more than \(referencesMax) references"))
        }
        var references: [SchemaReference] = []
        for entry in entries {
            guard let name = string(json, entry, "name"),
                let subject = string(json, entry, "subject"),
                let place = json.member(entry, "version"), let version = json.integer(place),
                !version.isNegative, !version.isZero,
                let number = Int32(exactly: version.clamped(to: Int.max))
            else {
                throw .bad(BadSchema("a reference is no name, subject and version"))
            }
            references.append(SchemaReference(name: name, subject: subject, version: number))
        }
        return references
    }

    private static func string(_ json: SchemaJSON, _ object: Int, _ key: String) -> String? {
        guard let place = json.member(object, key), let bytes = json.bytes(place) else {
            return nil
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
