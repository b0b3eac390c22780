/// Finds what the features of one input stand for; for explanations, allocates freely.
struct OriginFinder {
    let input: OwnedInput

    /// The origins of the features in `indices`, all below the featurizer's count.
    func origins(of indices: [Int], in spec: FeaturizerSpec) -> [Int: FeatureOrigin] {
        switch spec.source {
        case .hashedNgrams(let recipe): hashed(Set(indices), recipe)
        default: [:]
        }
    }

    private func hashed(_ indices: Set<Int>, _ recipe: HashedNgrams) -> [Int: FeatureOrigin] {
        var found = NgramCollection(wanted: indices, parts: input.parts)
        let occurrences = ReferenceNgrams.occurrences(
            in: input.text ?? [], analyzer: recipe.analyzer, lengths: recipe.ngramRange,
            lowercase: recipe.lowercase)
        for ngram in occurrences {
            let cell = ReferenceFeatures.cell(of: ngram.key, by: recipe)
            found.add(ngram, index: cell.index, isNegative: cell.isNegative)
        }
        return found.origins
    }
}
