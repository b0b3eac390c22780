/// An n-gram that counts for a feature, and where it stands in the input.
package struct NgramOrigin: Sendable, Equatable {
    /// One place of it.
    package struct Place: Sendable, Equatable {
        /// `method`, `path`, `query` or `body` of a request; `text` for a text given as it is.
        package let part: String
        /// From the part's beginning, in bytes.
        package let offset: Int

        package init(part: String, offset: Int) {
            self.part = part
            self.offset = offset
        }
    }

    /// How many places are told.
    package static let placesMax = 8

    /// As it was counted: lowered and folded where the featurizer does that.
    ///
    /// Bytes that are no UTF-8 are shown as U+FFFD.
    package let text: String
    /// Whether it counts as -1.
    package let isNegative: Bool
    package let count: Int
    /// The first of its places.
    package let places: [Place]

    package init(text: String, isNegative: Bool, count: Int, places: [Place]) {
        self.text = text
        self.isNegative = isNegative
        self.count = count
        self.places = places
    }
}
