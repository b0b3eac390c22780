/// The n-grams of an input by the features that they count for.
struct NgramCollection {
    private struct Group {
        let isNegative: Bool
        var count = 0
        var places: [NgramOrigin.Place] = []
    }

    private let wanted: Set<Int>
    private let parts: RequestParts?
    private var groups: [Int: [[UInt8]: Group]] = [:]

    init(wanted: Set<Int>, parts: RequestParts?) {
        self.wanted = wanted
        self.parts = parts
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
        guard let parts else { return NgramOrigin.Place(part: "text", offset: offset) }
        let named = [
            ("method", parts.method), ("path", parts.path), ("query", parts.query),
            ("body", parts.body),
        ]
        let found = named.first { offset < $0.1.upperBound } ?? ("body", parts.body)
        return NgramOrigin.Place(
            part: found.0, offset: max(0, offset - found.1.lowerBound))
    }
}
