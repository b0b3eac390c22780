/// The ways in which a record can give a scorer its input.
package struct InputViews: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The text of a request, or a text given as it is.
    package static let text = InputViews(rawValue: 1)
    /// Named numeric fields of the record.
    package static let fields = InputViews(rawValue: 2)
    /// `"x"`: every feature, in order.
    package static let dense = InputViews(rawValue: 4)
    /// `"svm"`: LIBSVM's `index:value`, indices from 1, ascending.
    package static let sparse = InputViews(rawValue: 8)

    /// `text`, `dense`, or several joined by `+`, as contracts and `show` print it.
    package var name: String {
        let named: [(InputViews, String)] = [
            (.text, "text"), (.fields, "fields"), (.dense, "dense"), (.sparse, "sparse"),
        ]
        return named.filter { contains($0.0) }.map(\.1).joined(separator: "+")
    }
}
