internal import CSimdJSON
package import Lifecycle

/// Which fields of a record hold the parts of a request: `input.fields` of the configuration.
///
/// A dotted name leads into nested objects: `http.request.method`. A key that itself has a dot
/// cannot be named.
package struct InputFields: Sendable, Equatable {
    package let id: String
    package let method: String
    package let path: String
    package let query: String
    package let body: String

    package static let standard = InputFields()

    /// The longest name, dots included.
    package static let nameBytesMax = 256

    private init() {
        id = RequestField.id.name
        method = RequestField.method.name
        path = RequestField.path.name
        query = RequestField.query.name
        body = RequestField.body.name
    }

    /// Names for the parts; the ones left out keep their usual name.
    ///
    /// - Throws: `SwerveError.usage` when a name is empty or has an empty part, is too long or too
    ///   deep, or when two names (or one and `text`, `text_b64`, `x`, `svm`) would have the same
    ///   value mean two things.
    package init(
        id: String = standard.id, method: String = standard.method, path: String = standard.path,
        query: String = standard.query, body: String = standard.body
    ) throws(SwerveError) {
        self.id = id
        self.method = method
        self.path = path
        self.query = query
        self.body = body
        try Self.check(names, act: "reading input.fields")
    }

    /// Each field with the name it has in a record; label and decision are not looked for here.
    var names: [(field: RequestField, name: String)] {
        [
            (.id, id), (.method, method), (.path, path), (.query, query), (.body, body),
            (.text, RequestField.text.name), (.textBase64, RequestField.textBase64.name),
            (.dense, RequestField.dense.name), (.sparse, RequestField.sparse.name),
        ]
    }

    /// The name of a field in a record.
    package func name(of field: RequestField) -> String {
        names.first { $0.field == field }?.name ?? field.name
    }

    static func check(
        _ names: [(field: RequestField, name: String)], act: String
    ) throws(SwerveError) {
        for (field, name) in names {
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            if parts.contains(where: \.isEmpty) {
                throw SwerveError(
                    .usage, act: act, reason: "\(field.name): '\(name)' has an empty part",
                    remedy: "name a field, as in path or http.request.path")
            }
            if parts.count > Int(REQUEST_JSON_NAME_PARTS_MAX) || name.utf8.count > nameBytesMax {
                throw SwerveError(
                    .usage, act: act,
                    reason: "\(field.name): '\(name.shortened(to: 64))' is too long: at most "
                        + "\(REQUEST_JSON_NAME_PARTS_MAX) parts and \(nameBytesMax) bytes")
            }
        }
        for (index, first) in names.enumerated() {
            for second in names[(index + 1)...] where overlap(first.name, second.name) {
                throw SwerveError(
                    .usage, act: act,
                    reason: "\(first.field.name) is '\(first.name)' and \(second.field.name) is "
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
