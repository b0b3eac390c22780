/// One cell of a sparse feature vector.
package struct Feature: Sendable, Equatable {
    /// Counted from 0; LIBSVM's and LIBLINEAR's feature ids are one more.
    package let index: Int
    package let value: Double

    package init(index: Int, value: Double) {
        self.index = index
        self.value = value
    }
}
