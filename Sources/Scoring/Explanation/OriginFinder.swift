/// Finds what the features of one input stand for; for explanations, allocates freely.
struct OriginFinder {
    let input: OwnedInput
    /// The named fields that the whole featurizer wants.
    let fieldNames: [String]
    /// The named texts that it wants.
    var textNames: [String] = []

    /// The origins of the features in `indices`, all below the plan's count.
    func origins(of indices: [Int], in plan: FeaturePlan) -> [Int: FeatureOrigin] {
        switch plan.source {
        case .hashedNgrams(let recipe): return hashed(Set(indices), recipe, plan.textField)
        case .tfidfNgrams(let recipe): return terms(indices, recipe, plan.textField)
        case .lexical: return named(indices) { LexicalFeatures.names[$0] }
        case .fields(let positions, _): return named(indices) { fieldNames[positions[$0]] }
        case .dense: return named(indices) { "x[\($0)]" }
        case .sparse: return named(indices) { "svm \($0 + 1)" }
        case .sparseFromZero: return named(indices) { "svm \($0)" }
        case .union(let elements, _):
            var found: [Int: FeatureOrigin] = [:]
            var base = 0
            for element in elements {
                let range = base..<base + element.featureCount
                let own = indices.filter(range.contains).map { $0 - base }
                for (index, origin) in origins(of: own, in: element) {
                    found[base + index] = origin
                }
                base = range.upperBound
            }
            return found
        }
    }

    private func named(_ indices: [Int], _ name: (Int) -> String) -> [Int: FeatureOrigin] {
        var found: [Int: FeatureOrigin] = [:]
        for index in indices { found[index] = .named(name(index)) }
        return found
    }

    /// The text that n-grams were made of, and what its places are counted in.
    private func text(_ field: Int?) -> (bytes: [UInt8], parts: RequestParts?, name: String) {
        guard let field else { return (input.text ?? [], input.parts, "text") }
        let name = textNames[field]
        guard let named = input.texts[name] else { return (input.text ?? [], nil, "text") }
        return (named, nil, name)
    }

    private func hashed(
        _ indices: Set<Int>, _ recipe: HashedNgrams, _ field: Int?
    ) -> [Int: FeatureOrigin] {
        let text = text(field)
        var found = NgramCollection(wanted: indices, parts: text.parts, name: text.name)
        let occurrences = ReferenceNgrams.occurrences(
            in: text.bytes, analyzer: recipe.analyzer, lengths: recipe.ngramRange,
            lowercase: recipe.lowercase, options: recipe.options)
        for ngram in occurrences {
            let cell = ReferenceFeatures.cell(of: ngram.key, by: recipe)
            found.add(ngram, index: cell.index, isNegative: cell.isNegative)
        }
        return found.origins
    }

    private func terms(
        _ indices: [Int], _ recipe: TfidfNgrams, _ field: Int?
    ) -> [Int: FeatureOrigin] {
        let text = text(field)
        var found = NgramCollection(wanted: Set(indices), parts: text.parts, name: text.name)
        var wanted: [[UInt8]: Int] = [:]
        for index in indices { wanted[recipe.term(index)] = index }
        let occurrences = ReferenceNgrams.occurrences(
            in: text.bytes, analyzer: recipe.analyzer, lengths: recipe.ngramRange,
            lowercase: recipe.lowercase, foldsWhiteSpace: recipe.foldsWhiteSpace,
            simpleLowercase: recipe.simpleLowercase, options: recipe.options)
        for ngram in occurrences {
            guard let index = wanted[ngram.key] else { continue }
            found.add(ngram, index: index, isNegative: false)
        }
        return found.origins
    }
}

/// The n-grams of an input by the features that they count for.
struct NgramCollection {
    private struct Group {
        let isNegative: Bool
        var count = 0
        var places: [NgramOrigin.Place] = []
    }

    private let wanted: Set<Int>
    private let parts: RequestParts?
    /// What a text without parts is called.
    private let name: String
    private var groups: [Int: [[UInt8]: Group]] = [:]

    init(wanted: Set<Int>, parts: RequestParts?, name: String = "text") {
        self.wanted = wanted
        self.parts = parts
        self.name = name
    }

    mutating func add(
        _ ngram: ReferenceNgrams.Occurrence, index: Int, isNegative: Bool
    ) {
        guard wanted.contains(index) else { return }
        var group = groups[index]?[ngram.key] ?? Group(isNegative: isNegative)
        group.count += 1
        if group.places.count < NgramOrigin.placesMax {
            group.places.append(place(of: ngram.source.lowerBound))
        }
        groups[index, default: [:]][ngram.key] = group
    }

    /// The most frequent n-gram of a feature first.
    var origins: [Int: FeatureOrigin] {
        groups.mapValues { group in
            let sorted = group.sorted { one, other in
                one.value.count == other.value.count
                    ? one.key.lexicographicallyPrecedes(other.key)
                    : one.value.count > other.value.count
            }
            return .ngrams(
                sorted.map { key, group in
                    NgramOrigin(
                        text: String(decoding: key, as: UTF8.self), isNegative: group.isNegative,
                        count: group.count, places: group.places)
                })
        }
    }

    /// Separators belong to the part that they begin.
    private func place(of offset: Int) -> NgramOrigin.Place {
        guard let parts else { return NgramOrigin.Place(part: name, offset: offset) }
        let named = [
            ("method", parts.method), ("path", parts.path), ("query", parts.query),
            ("body", parts.body),
        ]
        let found = named.first { offset < $0.1.upperBound } ?? ("body", parts.body)
        return NgramOrigin.Place(
            part: found.0, offset: max(0, offset - found.1.lowerBound))
    }
}
