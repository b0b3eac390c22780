import Lifecycle

/// One step of a spec: an object with one key, its name.
struct SpecStep {
    let name: String
    let value: JSONValue
    /// As `step 2`.
    let place: String
    let act: String

    /// The steps that give features, and those that change them.
    static let sources: Set<String> = [
        "hashed_ngrams", "tfidf_ngrams", "lexical", "fields", "categories", "dense", "sparse",
        "union",
    ]
    static let transforms: Set<String> = [
        "standard_scaler", "min_max_scaler", "svm_scale", "normalizer", "float32",
        "imputer", "categories", "kbins", "polynomial", "function", "select", "multiply", "matrix",
        "rbf_sampler", "nystroem",
    ]

    init(_ json: JSONValue, at place: String, act: String) throws(SwerveError) {
        guard let fields = json.object, fields.count == 1, let (name, value) = fields.first else {
            throw SwerveError(
                .invalid, act: act, reason: "\(place) is not an object with one key, its name")
        }
        self.name = name
        self.value = value
        self.place = place
        self.act = act
    }

    /// Reads the value's keys; errors name the step.
    var reader: SpecReader {
        SpecReader(json: value, place: "\(place), \(name.shortened(to: 40))", act: act)
    }

    /// The step is none of those that may stand here.
    func misplaced(_ expected: Set<String>) -> SwerveError {
        let shown = "\(place) '\(name.shortened(to: 40))'"
        let reason =
            if Self.sources.contains(name) {
                "\(shown) is a source, and only the first step is one"
            } else if Self.transforms.contains(name) {
                "\(shown) changes features, and the first step must give some"
            } else {
                "\(shown) is unknown"
            }
        return SwerveError(
            .invalid, act: act, reason: reason,
            remedy: Self.sources.contains(name)
                ? "put several sources into a union"
                : "the steps that may stand here are "
                    + expected.sorted().joined(separator: ", "))
    }
}

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
