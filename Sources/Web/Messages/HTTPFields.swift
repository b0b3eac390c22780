/// The fields of a request's head, as they were sent.
package struct HTTPFields: Sendable, Equatable {
    private let fields: [(name: String, value: String)]

    /// - Parameter fields: names in any case.
    package init(_ fields: [(String, String)] = []) {
        self.fields = fields.map { (name: $0.0.asciiLowercased, value: $0.1) }
    }

    package var count: Int { fields.count }

    /// All values of a name, whose case does not count.
    package func all(_ name: String) -> [String] {
        let name = name.asciiLowercased
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

extension String {
    /// With the letters of ASCII in lower case, and all else as it is.
    ///
    /// In HTTP the case of no other letter is ignored; `lowercased` makes a `k` of the sign of
    /// kelvin, which a server in front of this one takes for another text.
    var asciiLowercased: String {
        let bytes = utf8.map { byte -> UInt8 in
            (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
