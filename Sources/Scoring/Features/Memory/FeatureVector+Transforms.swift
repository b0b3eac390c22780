/// The steps that change features, in the arithmetic of their tools.
///
/// Rounded as they round: no step is joined with the next one, none is turned into a product.
extension FeatureVector {
    mutating func apply(_ transform: FeatureTransform) {
        switch transform {
        case .standardScaler(let scaler): apply(scaler)
        case .minMaxScaler(let scaler): apply(scaler)
        case .svmScale(let scale): apply(scale)
        case .normalizer(.l2):
            divide {
                $0 + $1 * $1
            } by: {
                $0.squareRoot()
            }
        case .normalizer(.l1):
            divide {
                $0 + $1.magnitude
            } by: {
                $0
            }
        case .maxNormalizer:
            divide {
                max($0, $1.magnitude)
            } by: {
                $0
            }
        case .single:
            makeSparse()
            let values = unsafe self.values.pointer
            for position in 0..<count { unsafe values[position] = Double(Float(values[position])) }
        case .imputer(let imputer): apply(imputer)
        case .categories(let encoder): apply(encoder)
        case .kbins(let bins): apply(bins)
        case .polynomial(let polynomial): apply(polynomial)
        case .function(let function): apply(function)
        case .select(let selection): apply(selection)
        case .multiply(let factor):
            makeSparse()
            let values = unsafe self.values.pointer
            for position in 0..<count { unsafe values[position] *= factor }
        case .matrix(let matrix): apply(matrix)
        case .rbfSampler(let sampler): apply(sampler)
        case .nystroem(let nystroem): apply(nystroem)
        }
        dropTail()
    }

    private mutating func apply(_ scaler: StandardScaler) {
        if let mean = scaler.mean {
            makeDense()
            let values = unsafe self.values.pointer
            unsafe mean.withUnsafeBufferPointer { mean in
                for position in 0..<count { unsafe values[position] -= mean[position] }
            }
        }
        guard let scale = scaler.scale else { return }
        makeSparse()
        let values = unsafe self.values.pointer
        unsafe scale.withUnsafeBufferPointer { scale in
            if form == .dense {
                for position in 0..<count { unsafe values[position] /= scale[position] }
            } else {
                let indices = unsafe self.indices.pointer
                for position in 0..<count {
                    unsafe values[position] /= scale[Int(indices[position])]
                }
            }
        }
    }

    private mutating func apply(_ scaler: MinMaxScaler) {
        makeDense()
        let values = unsafe self.values.pointer
        unsafe scaler.scale.withUnsafeBufferPointer { scale in
            unsafe scaler.min.withUnsafeBufferPointer { min in
                for position in 0..<count {
                    let scaled = unsafe values[position] * scale[position]
                    unsafe values[position] = scaled + min[position]
                }
            }
        }
        guard let clip = scaler.clip else { return }
        for position in 0..<count {
            let value = unsafe values[position]
            // Written so that NaN passes, as it does through numpy's clip.
            if value < clip.lowerBound {
                unsafe values[position] = clip.lowerBound
            } else if value > clip.upperBound {
                unsafe values[position] = clip.upperBound
            }
        }
    }

    /// svm-scale's `output`, before it prints: a feature that a record leaves out is 0 and scaled
    /// like any other; one whose bounds are equal, or that the file leaves out, becomes 0.
    private mutating func apply(_ scale: SVMScale) {
        makeDense()
        let values = unsafe self.values.pointer
        let (lower, upper) = (scale.lower, scale.upper)
        var next = 0
        unsafe scale.bounds.withUnsafeBufferPointer { bounds in
            for position in 0..<count {
                guard next < bounds.count, scale.features[next] == position else {
                    unsafe values[position] = 0
                    continue
                }
                let own = unsafe bounds[next]
                next += 1
                guard own.lowest != own.highest else {
                    unsafe values[position] = 0
                    continue
                }
                let value = unsafe values[position]
                unsafe values[position] =
                    if value == own.lowest {
                        lower
                    } else if value == own.highest {
                        upper
                    } else {
                        lower + (upper - lower) * (value - own.lowest) / (own.highest - own.lowest)
                    }
            }
        }
    }

    /// Divides by a norm, unless that is 0, or hardly above it where every feature stands in
    /// memory: scikit-learn takes an array's norm below ten units of 1 for 0, a sparse row's not.
    @inline(__always)
    private mutating func divide(
        _ add: (Double, Double) -> Double, by norm: (Double) -> Double
    ) {
        makeSparse()
        let values = unsafe self.values.pointer
        var sum = 0.0
        for position in 0..<count { sum = unsafe add(sum, values[position]) }
        let divisor = norm(sum)
        guard form == .dense ? !(divisor < 10 * Double.ulpOfOne) : divisor != 0 else { return }
        for position in 0..<count { unsafe values[position] /= divisor }
    }
}
