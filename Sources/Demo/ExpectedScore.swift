/// What a version says of a request, computed apart from the stream.
package struct ExpectedScore: Sendable, Equatable {
    package let score: Double
    /// As it stands between the quotes of a prediction.
    package let label: [UInt8]

    package init(score: Double, label: [UInt8]) {
        self.score = score
        self.label = label
    }

    /// The tolerance of the whole project: 1e-9, relative above 1.
    package static func agree(_ expected: Double, _ found: Double) -> Bool {
        abs(expected - found) <= 1e-9 * max(1, abs(expected))
    }
}
