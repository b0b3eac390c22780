/// Where in a featurizer spec a step stands, for errors.
struct SpecPlace {
    /// The unions around it, outermost first, as `step 1, element 2, `.
    var prefix = ""
    /// How many there are.
    var depth = 0

    /// The list of steps, in words.
    var spec: String { prefix.isEmpty ? "the spec" : String(prefix.dropLast(2)) }

    func step(_ number: Int) -> String { "\(prefix)step \(number)" }

    /// Inside the element of the union that is the first step here.
    func element(_ number: Int) -> SpecPlace {
        SpecPlace(prefix: "\(step(1)), element \(number), ", depth: depth + 1)
    }
}
