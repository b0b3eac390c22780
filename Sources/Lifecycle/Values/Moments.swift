/// Count, mean and spread of a stream of numbers, mergeable over slots (Welford, Chan).
package struct Moments: Sendable, Equatable, Codable {
    package private(set) var count: Int64 = 0
    package private(set) var mean = 0.0
    /// Sum of the squares of the distances from the mean.
    package private(set) var squares = 0.0

    package init() {}

    /// As found by other means than `add`.
    package init(count: Int64, mean: Double, squares: Double) {
        self.count = count
        self.mean = mean
        self.squares = squares
    }

    /// The standard deviation; 0 below two numbers.
    package var spread: Double {
        count < 2 ? 0 : (squares / Double(count - 1)).squareRoot()
    }

    @inline(__always)
    package mutating func add(_ number: Double) {
        count += 1
        let distance = number - mean
        mean += distance / Double(count)
        squares += distance * (number - mean)
    }

    package mutating func merge(_ other: Moments) {
        guard other.count > 0 else { return }
        guard count > 0 else {
            self = other
            return
        }
        let total = Double(count) + Double(other.count)
        let distance = other.mean - mean
        squares += other.squares + distance * distance * Double(count) * Double(other.count) / total
        mean += distance * Double(other.count) / total
        count += other.count
    }
}
