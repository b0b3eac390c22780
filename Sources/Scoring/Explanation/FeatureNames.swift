/// Names that features have whatever the input is.
extension FeaturizerSpec {
    /// The name of a feature behind all steps; nil for one that only an input gives a meaning, as
    /// a hashed n-gram.
    ///
    /// - Parameter index: one of the features that the spec makes.
    package func featureName(_ index: Int) -> String? {
        guard let last = transforms.last else { return source.featureName(index) }
        let before = FeaturizerSpec(source: source, transforms: Array(transforms.dropLast()))
        let meaning = last.meaning(of: index)
        var names: [String] = []
        for feature in meaning.features {
            guard let name = before.featureName(feature) else { return nil }
            names.append(name)
        }
        return meaning.name.map { $0(names) } ?? names.first
    }
}

extension FeatureSource {
    fileprivate func featureName(_ index: Int) -> String? {
        switch self {
        case .lexical:
            LexicalFeatures.names.indices.contains(index) ? LexicalFeatures.names[index] : nil
        case .fields(let list): list.names.indices.contains(index) ? list.names[index] : nil
        case .dense: "x[\(index)]"
        case .sparse: "svm \(index + 1)"
        case .sparseFromZero: "svm \(index)"
        case .hashedNgrams, .tfidfNgrams, .textField, .categories, .union: nil
        }
    }
}
