/// The fields of a request's head, as they were sent.
package struct HTTPFields: Sendable, Equatable {
    private let fields: [(name: String, value: String)]

    /// - Parameter fields: names in any case.
    package init(_ fields: [(String, String)] = []) {
        self.fields = fields.map { (name: $0.0.lowercased(), value: $0.1) }
    }

    package var count: Int { fields.count }

    /// All values of a name, whose case does not count.
    package func all(_ name: String) -> [String] {
        let name = name.lowercased()
        return fields.filter { $0.name == name }.map(\.value)
    }

    /// The value of a field that is there once; nil where it is absent, or there several times.
    package subscript(name: String) -> String? {
        let values = all(name)
        return values.count == 1 ? values[0] : nil
    }

    package static func == (left: HTTPFields, right: HTTPFields) -> Bool {
        left.fields.elementsEqual(right.fields) { $0 == $1 }
    }
}
