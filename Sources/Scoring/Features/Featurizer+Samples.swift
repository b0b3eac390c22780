/// Values that a featurizer knows: for inputs that are made to try it.
extension Featurizer {
    /// How many categories of one column are told.
    private static let samplesMax = 64

    /// Categories of named texts, by the text's name; texts that may be anything are left out.
    package var sampleTexts: [String: [[UInt8]]] {
        var samples: [String: [[UInt8]]] = [:]
        plan.forEachColumn { column in
            guard let field = column.field, case .texts(let texts) = column.categories else {
                return
            }
            samples[field] = Array(texts.prefix(Self.samplesMax))
        }
        return samples.filter { !$0.value.isEmpty }
    }

    /// The same of named numbers.
    package var sampleNumbers: [String: [Double]] {
        var samples: [String: [Double]] = [:]
        plan.forEachColumn { column in
            guard let field = column.field, case .numbers(let numbers) = column.categories else {
                return
            }
            samples[field] = Array(numbers.prefix(Self.samplesMax))
        }
        return samples.filter { !$0.value.isEmpty }
    }
}

extension FeaturePlan {
    /// Calls `body` with every column of categories of the record's fields.
    fileprivate func forEachColumn(_ body: (CategoryColumn) -> Void) {
        switch source {
        case .categories(let encoder, _): encoder.columns.forEach(body)
        case .union(let elements, _): for element in elements { element.forEachColumn(body) }
        default: break
        }
    }
}
