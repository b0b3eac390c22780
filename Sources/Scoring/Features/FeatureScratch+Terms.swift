import CText

/// Counting the terms of a vocabulary.
extension FeatureScratch {
    /// Readies the memory for a text of at most `ngrams` n-grams and a vocabulary of `terms`.
    ///
    /// The cell after the last term's takes the n-grams that are none.
    mutating func beginTerms(_ terms: Int, ngrams: Int) {
        form = .sparse
        fault = nil
        tailSquares = 0
        space = terms
        cells.reserve(terms + 1)
        // Why 1: what was met already is not noted.
        unsafe cells.pointer[terms] = 1
        // Why + 1: counting writes one entry past the last one met, instead of branching.
        let most = min(terms, ngrams) + 1
        indices.reserve(most)
        values.reserve(most)
        met = 0
    }

    /// Counts the first `count` of `hashes`, which are terms.
    mutating func countTerms(_ count: Int) {
        let hashes = unsafe self.hashes.pointer
        let cells = unsafe self.cells.pointer
        let indices = unsafe self.indices.pointer
        var met = self.met
        for position in 0..<count {
            let term = unsafe hashes[position]
            let old = unsafe cells[Int(term)]
            unsafe cells[Int(term)] = old &+ 1
            unsafe indices[met] = term
            met &+= old == 0 ? 1 : 0
        }
        self.met = met
    }

    /// Makes values of the counts, in scikit-learn's order: binary or sublinear, idf, norm.
    mutating func finishTerms(_ recipe: TfidfNgrams) {
        let indices = unsafe self.indices.pointer
        let cells = unsafe self.cells.pointer
        let values = unsafe self.values.pointer
        for position in 0..<met {
            let term = unsafe Int(indices[position])
            unsafe values[position] = recipe.binary ? 1 : Double(cells[term])
            unsafe cells[term] = 0
        }
        unsafe cells[space] = 0
        if recipe.sublinearTF { unsafe ctext_sublinear(values, met) }
        if let idf = recipe.idf {
            unsafe idf.withUnsafeBufferPointer { idf in
                for position in 0..<met { unsafe values[position] *= idf[Int(indices[position])] }
            }
        }
        normalize(recipe.norm)
    }

    private func normalize(_ norm: HashedNgrams.Norm?) {
        let values = unsafe self.values.pointer
        var sum = 0.0
        switch norm {
        case nil: return
        case .l1: for position in 0..<met { unsafe sum += values[position].magnitude }
        case .l2:
            for position in 0..<met { unsafe sum += values[position] * values[position] }
            sum = sum.squareRoot()
        }
        guard sum != 0 else { return }
        for position in 0..<met { unsafe values[position] /= sum }
    }
}
