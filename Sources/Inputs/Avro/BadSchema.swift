/// Why a text is no Avro schema: final for the text, whoever asks for it.
package struct BadSchema: Error, Sendable, Equatable {
    /// For people, after a colon.
    package let words: String

    package init(_ words: String) { self.words = words }
}
