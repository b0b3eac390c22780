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
        throw .notASchema
    }
}
