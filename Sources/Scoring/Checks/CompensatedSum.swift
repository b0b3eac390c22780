/// A sum of doubles that keeps what each addition rounds away (Neumaier), and what each product
/// does: its error is that of the last rounding, not that of every step.
struct CompensatedSum {
    private var sum = 0.0
    private var lost = 0.0

    var value: Double { sum + lost }

    /// Whether nothing was rounded away so far.
    var isExact: Bool { lost == 0 }

    mutating func add(_ number: Double) {
        let total = sum + number
        lost +=
            sum.magnitude >= number.magnitude ? (sum - total) + number : (number - total) + sum
        sum = total
    }

    mutating func addProduct(_ one: Double, _ other: Double) {
        let product = one * other
        add(product)
        lost += (-product).addingProduct(one, other)
    }
}
