/// Running a plan: the source fills the scratch, the transforms change it in place.
extension Featurizer {
    func run(_ plan: FeaturePlan, _ input: ScoringInput, _ scratch: inout FeatureScratch) {
        var input = input
        if let field = plan.textField {
            guard let text = unsafe text(field, of: input) else {
                return scratch.features.refuse(.missingText(field))
            }
            precondition(
                text.count <= Self.textBytesMax, "a text above every limit of a request")
            unsafe input.text = unsafe text
            input.parts = nil
        }
        switch plan.source {
        case .hashedNgrams(let ngrams):
            unsafe count(input.text, ngrams, in: &scratch, generic: false)
        case .tfidfNgrams(let ngrams): unsafe ngrams.count(input.text, in: &scratch)
        case .lexical:
            scratch.features.beginDense(features: LexicalFeatures.names.count)
            unsafe LexicalFeatures.compute(
                input.text, parts: input.parts, counters: scratch.counters.pointer,
                into: scratch.features.values.pointer)
        case .fields(let positions, let missing):
            take(input, positions, missing, &scratch)
        case .dense(let count): unsafe takeDense(input.dense, count, &scratch)
        case .sparse(let count): takeSparse(input, count, isZeroBased: false, &scratch)
        case .sparseFromZero(let count): takeSparse(input, count, isZeroBased: true, &scratch)
        case .union(let elements, let isDense):
            join(elements, isDense: isDense, plan.featureCount, input, &scratch)
        }
        guard scratch.features.fault == nil else { return }
        for transform in plan.transforms { scratch.features.apply(transform) }
    }

    private func take(
        _ input: ScoringInput, _ positions: [Int], _ missing: Double?,
        _ scratch: inout FeatureScratch
    ) {
        guard unsafe input.fields.count == fieldNames.count else {
            return scratch.features.refuse(.missingView(.fields))
        }
        scratch.features.beginDense(features: positions.count)
        for (index, position) in positions.enumerated() {
            var value = unsafe input.fields[position]
            if value.isNaN {
                guard let missing else { return scratch.features.refuse(.missingField(position)) }
                value = missing
            }
            unsafe scratch.features.values.pointer[index] = value
        }
    }

    private func takeDense(
        _ numbers: UnsafeBufferPointer<Double>, _ count: Int, _ scratch: inout FeatureScratch
    ) {
        guard numbers.count == count else {
            return scratch.features.refuse(.denseCount(got: numbers.count, wanted: count))
        }
        scratch.features.beginDense(features: count)
        guard let first = numbers.baseAddress else { return }
        unsafe scratch.features.values.pointer.update(from: first, count: count)
    }

    private func takeSparse(
        _ input: ScoringInput, _ count: Int, isZeroBased: Bool, _ scratch: inout FeatureScratch
    ) {
        let (indices, values) = unsafe (input.sparseIndices, input.sparseValues)
        // An index 0 comes first, as the number below 0: another version may have asked for it.
        let least = unsafe indices.first
        guard isZeroBased || least != ScoringInput.indexZero else {
            return scratch.features.refuse(.indexZero)
        }
        let first: UInt32 = isZeroBased ? 1 : 0
        scratch.features.beginSparse(features: count, capacity: indices.count)
        var tail = 0.0
        for position in 0..<min(indices.count, values.count) {
            let value = unsafe values[position]
            let index = unsafe indices[position] &+ first
            if Int(index) < count {
                scratch.features.append(index, value)
            } else {
                tail += value * value
            }
        }
        scratch.features.endSparse(tailSquares: tail)
    }

    private func join(
        _ elements: [FeaturePlan], isDense: Bool, _ featureCount: Int, _ input: ScoringInput,
        _ scratch: inout FeatureScratch
    ) {
        let mark = scratch.union.count
        var offset = 0
        var tail = 0.0
        for element in elements {
            run(element, input, &scratch)
            guard scratch.features.fault == nil else {
                scratch.union.drop(since: mark)
                return
            }
            scratch.features.makeSparse()
            scratch.union.collect(scratch.features, offset: offset)
            tail += scratch.features.tailSquares
            offset += element.featureCount
        }
        scratch.union.give(
            since: mark, to: &scratch.features, space: featureCount, isDense: isDense,
            tailSquares: tail)
    }
}
