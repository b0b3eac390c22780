package import Lifecycle

/// What a prediction on the output topic says, as far as it can be held against the truth.
package struct Prediction: Sendable, Equatable {
    package var version: Int
    package var epoch: Int64
    package var role: Role
    package var score: Double
    /// As it stands between the quotes; nil where there is none, as of a regression.
    package var label: [UInt8]?
    /// The class that score and probability speak of, between the quotes; nil where none is said.
    package var of: [UInt8]?
    /// One, of the class that is spoken of, or one a class; nil where there is none.
    package var probabilities: [Double]?
    /// Where several classes compete; nil elsewhere.
    package var decisions: [Double]?
    package var partition: Int32
    package var offset: Int64
    /// The request's own id as it stands between the quotes; nil where there is none.
    package var id: [UInt8]?

    package init(
        version: Int, epoch: Int64, role: Role, score: Double, label: [UInt8]?, partition: Int32,
        offset: Int64, id: [UInt8]?
    ) {
        self.version = version
        self.epoch = epoch
        self.role = role
        self.score = score
        self.label = label
        self.partition = partition
        self.offset = offset
        self.id = id
    }

    /// The record that it answers.
    package var source: StreamPlace { StreamPlace(partition: partition, offset: offset) }

    /// What it takes of memory, about.
    var heldBytes: Int {
        (label?.count ?? 0) + (of?.count ?? 0) + (id?.count ?? 0)
            + 8 * ((decisions?.count ?? 0) + (probabilities?.count ?? 0)) + 176
    }
}
