/// The steps behind a source, followed feature by feature.
extension TableCompiler {
    /// The features behind `transform`; nil where it needs them all at once, or makes a number of
    /// each that a category does not give.
    mutating func applying(_ transform: FeatureTransform, to vector: Vector) -> Vector? {
        guard vector.isDense || !transform.takesDense else { return nil }
        switch transform {
        case .standardScaler(let scaler):
            switch (scaler.mean, scaler.scale) {
            case (let mean?, let scale?): return operate(.standardize, vector, mean, scale)
            case (let mean?, nil): return operate(.subtract, vector, mean, mean)
            case (nil, let scale?): return operate(.divide, vector, scale, scale)
            case (nil, nil): return vector
            }
        case .minMaxScaler(let scaler):
            let scaled = operate(.scaleAndAdd, vector, scaler.scale, scaler.min)
            guard let clip = scaler.clip else { return scaled }
            return operate(.clip, scaled, clip.lowerBound, clip.upperBound)
        case .single: return operate(.single, vector, 0, 0)
        case .function(let function): return operate(NumberOperation(function), vector, 0, 0)
        case .multiply(let factor): return operate(.multiply, vector, factor, factor)
        case .imputer(let imputer): return impute(imputer, vector)
        case .select(let selection): return select(selection, vector)
        case .categories(let encoder):
            let registers = vector.items.compactMap(\.register)
            return encoded(encoder) { column in
                var step = TableStep(kind: .choose)
                step.source = Int32(registers[column])
                return step
            }
        case .kbins(let bins): return bin(bins, vector)
        case .svmScale, .normalizer, .maxNormalizer, .polynomial, .matrix, .rbfSampler, .nystroem:
            return nil
        }
    }

    private mutating func operate(
        _ operation: NumberOperation, _ vector: Vector, _ one: Double, _ other: Double
    ) -> Vector {
        let count = 1 + (vector.items.map(\.lastIndex).max() ?? 0)
        return operate(
            operation, vector, [Double](repeating: one, count: count),
            [Double](repeating: other, count: count))
    }

    /// Changes every feature; the numbers are by its index.
    private mutating func operate(
        _ operation: NumberOperation, _ vector: Vector, _ one: [Double], _ other: [Double]
    ) -> Vector {
        var changed = vector
        // Registers side by side are one step.
        var run: [(register: Int, index: Int)] = []
        func step(_ compiler: inout TableCompiler) {
            guard let first = run.first else { return }
            let indices = run.map(\.index)
            run = []
            if operation == .fill,
                compiler.fillWhileLoading(first.register, indices.map { one[$0] })
            {
                return
            }
            var step = TableStep(kind: .operate)
            step.operation = operation
            step.first = Int32(first.register)
            step.source = step.first
            step.count = Int32(indices.count)
            step.one = compiler.keep(indices.map { one[$0] })
            step.other = compiler.keep(indices.map { other[$0] })
            compiler.append(step)
        }
        for (place, item) in vector.items.enumerated() {
            switch item {
            case .number(let register, let index):
                if let last = run.last, last.register + 1 != register { step(&self) }
                run.append((register, index))
            case .choice(var choice):
                for (code, option) in choice.options.enumerated() {
                    guard let option else { continue }
                    choice.options[code]?.value = operation.value(
                        option.value, one[option.index], other[option.index])
                }
                changed.items[place] = .choice(choice)
            }
        }
        step(&self)
        return changed
    }

    private mutating func impute(_ imputer: Imputer, _ vector: Vector) -> Vector {
        var registers = vector.items.compactMap(\.register)
        for feature in imputer.indicators {
            var step = TableStep(kind: .operate)
            step.operation = imputer.missingValue == nil ? .isMissing : .isEqual
            step.source = Int32(registers[feature])
            step.first = Int32(take(1))
            step.count = 1
            step.one = keep([imputer.missingValue ?? 0])
            step.other = step.one
            append(step)
            registers.append(Int(step.first))
        }
        let statistics = imputer.statistics
        let filled =
            if let missing = imputer.missingValue {
                operate(
                    .replace, vector, statistics,
                    [Double](repeating: missing, count: statistics.count))
            } else {
                operate(.fill, vector, statistics, statistics)
            }
        return imputer.indicators.isEmpty ? filled : Self.dense(registers)
    }

    /// Of features that lie side by side their order changes, of others only what they are called.
    private func select(_ selection: Selection, _ vector: Vector) -> Vector {
        if vector.isDense {
            let registers = vector.items.compactMap(\.register)
            return Self.dense(selection.indices.map { registers[$0] })
        }
        func place(_ index: Int) -> Int? {
            let place = selection.place(of: index)
            return place < 0 ? nil : Int(place)
        }
        let items = vector.items.compactMap { item -> Item? in
            switch item {
            case .number(let register, let index):
                return place(index).map { .number(register: register, index: $0) }
            case .choice(var choice):
                choice.options = choice.options.map { option in
                    guard let option, let kept = place(option.index) else { return nil }
                    return Option(index: kept, value: option.value)
                }
                // Stays where nothing is left of it: it may refuse.
                return .choice(choice)
            }
        }
        return Vector(isDense: false, items: items)
    }

    private mutating func bin(_ bins: KBins, _ vector: Vector) -> Vector? {
        // Every 0 would be written.
        guard bins.encoding != .oneHotDense else { return nil }
        var items: [Item] = []
        var codes: [Int] = []
        for (feature, register) in vector.items.compactMap(\.register).enumerated() {
            var check = TableStep(kind: .checkFinite)
            check.first = Int32(register)
            check.count = 1
            append(check)
            let edges = bins.starts[feature]..<bins.starts[feature + 1]
            var step = TableStep(kind: .choose)
            step.reading = .bin
            step.source = Int32(register)
            step.other = keep(Array(bins.edges[edges]))
            step.edges = Int32(edges.count)
            if bins.encoding == .ordinal {
                codes.append(code(step))
            } else {
                let features = edges.lowerBound + feature...edges.upperBound + feature
                items.append(
                    .choice(
                        Choice(step: step, options: features.map { Option(index: $0, value: 1) })))
            }
        }
        return bins.encoding == .ordinal
            ? Self.dense(codes) : Vector(isDense: false, items: items)
    }
}

extension TableCompiler.Item {
    /// The largest index that it may be.
    fileprivate var lastIndex: Int {
        switch self {
        case .number(_, let index): index
        case .choice(let choice): choice.options.reduce(0) { max($0, $1?.index ?? 0) }
        }
    }
}
