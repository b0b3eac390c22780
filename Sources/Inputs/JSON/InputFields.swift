internal import CSimdJSON
package import Lifecycle

/// Which fields of a record hold the parts of a request: `input.fields` of the configuration.
///
/// A dotted name is a key as it stands, or leads into nested objects: `http.request.method`. A
/// record has one of both; Avro knows nested ones alone.
package struct InputFields: Sendable, Equatable {
    package let id: String
    package let method: String
    package let path: String
    package let query: String
    package let body: String
    /// A text that stands for a request as it is, also in base64.
    package let text: String
    package let textBase64: String
    /// The numbers of every feature, and those of some in LIBSVM's text.
    package let dense: String
    package let sparse: String
    /// Who sent the request; it tells requests apart, and is not scored.
    package let client: String
    /// Whether the client was named: only then its records are one group for the judge of canaries,
    /// and only then JSON is read for it.
    package let isClientGiven: Bool

    package static let clientDefault = "client"
    package static let standard = InputFields()

    /// The longest name, dots included.
    package static let nameBytesMax = 256

    private init() {
        id = RequestField.id.name
        method = RequestField.method.name
        path = RequestField.path.name
        query = RequestField.query.name
        body = RequestField.body.name
        text = RequestField.text.name
        textBase64 = RequestField.textBase64.name
        dense = RequestField.dense.name
        sparse = RequestField.sparse.name
        client = Self.clientDefault
        isClientGiven = false
    }

    /// Names for the parts; the ones left out keep their usual name.
    ///
    /// - Parameter mayOverlap: of Avro, to compare with other decoders: one value may mean two
    ///   things.
    /// - Throws: `SwerveError.usage` when a name is empty or has an empty part, is too long or too
    ///   deep, or when two names would have the same value mean two things.
    package init(
        id: String = standard.id, method: String = standard.method, path: String = standard.path,
        query: String = standard.query, body: String = standard.body,
        text: String = standard.text, textBase64: String = standard.textBase64,
        dense: String = standard.dense, sparse: String = standard.sparse,
        client: String? = nil, mayOverlap: Bool = false
    ) throws(SwerveError) {
        self.id = id
        self.method = method
        self.path = path
        self.query = query
        self.body = body
        self.text = text
        self.textBase64 = textBase64
        self.dense = dense
        self.sparse = sparse
        self.client = client ?? Self.clientDefault
        isClientGiven = client != nil
        // The usual name of the client means nothing in records that have another use for it.
        let clients = client.map { [(Self.clientDefault, $0)] } ?? []
        try Self.check(
            names.map { ($0.field.name, $0.name) } + clients, act: Self.act,
            mayOverlap: mayOverlap)
    }

    private static let act = "reading input.fields"

    /// Each field with the name it has in a record; label and decision are not looked for here, and
    /// the client is no field that is scored.
    var names: [(field: RequestField, name: String)] {
        [
            (.id, id), (.method, method), (.path, path), (.query, query), (.body, body),
            (.text, text), (.textBase64, textBase64), (.dense, dense), (.sparse, sparse),
        ]
    }

    /// The name of a field in a record.
    package func name(of field: RequestField) -> String {
        names.first { $0.field == field }?.name ?? field.name
    }

    static func check(
        _ names: [(word: String, name: String)], act: String, mayOverlap: Bool = false
    ) throws(SwerveError) {
        for (word, name) in names {
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            if parts.contains(where: \.isEmpty) {
                throw SwerveError(
                    .usage, act: act, reason: "\(word): '\(name)' has an empty part",
                    remedy: "name a field, as in path or http.request.path")
            }
            if parts.count > Int(REQUEST_JSON_NAME_PARTS_MAX) || name.utf8.count > nameBytesMax {
                throw SwerveError(
                    .usage, act: act,
                    reason: "\(word): '\(name.shortened(to: 64))' is too long: at most "
                        + "\(REQUEST_JSON_NAME_PARTS_MAX) parts and \(nameBytesMax) bytes")
            }
        }
        guard !mayOverlap else { return }
        for (index, first) in names.enumerated() {
            for second in names[(index + 1)...] where overlap(first.name, second.name) {
                throw SwerveError(
                    .usage, act: act,
                    reason: "\(first.word) is '\(first.name)' and \(second.word) is "
                        + "'\(second.name)': one value would mean two things",
                    remedy: "give each field a name of its own")
            }
        }
    }

    /// Whether one name is the other or leads through it, by bytes, as the parser compares.
    private static func overlap(_ first: String, _ second: String) -> Bool {
        let (a, b) = (Array((first + ".").utf8), Array((second + ".").utf8))
        return a.starts(with: b) || b.starts(with: a)
    }
}
