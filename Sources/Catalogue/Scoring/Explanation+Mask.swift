package import Lifecycle
package import Scoring

extension Explanation {
    /// The same, with every summand in `rest` that would tell of a masked field: a named one, or
    /// n-grams that stand in a masked part of the request or may reach into one.
    package func masked(by mask: FieldMask) -> Explanation {
        guard !mask.isEmpty else { return self }
        let shown = contributions.filter { !$0.tells(of: mask) }
        let hidden = contributions.filter { $0.tells(of: mask) }
        return Explanation(
            decisionIndex: decisionIndex, decision: decision, bias: bias, contributions: shown,
            rest: hidden.reduce(rest) { $0 + $1.value }, restCount: restCount + hidden.count)
    }
}

extension Explanation.Contribution {
    fileprivate func tells(of mask: FieldMask) -> Bool {
        switch subject {
        case .vector: false
        case .feature(_, _, _, .named(let name)): mask.touches(name)
        case .feature(_, _, _, .ngrams(let ngrams)): ngrams.contains { $0.tells(of: mask) }
        }
    }
}

extension NgramOrigin {
    private static let parts = ["method", "path", "query", "body"]

    fileprivate func tells(of mask: FieldMask) -> Bool {
        // Not all of its places are told.
        if count > places.count { return true }
        // What stands between two parts is in it, so the next part may be too.
        let reachesOn = text.contains { " ?\n\r\t".contains($0) }
        return places.contains { place in
            guard !mask.touches(place.part) else { return true }
            guard reachesOn, let index = Self.parts.firstIndex(of: place.part) else { return false }
            return Self.parts[index...].contains { mask.touches($0) }
        }
    }
}
