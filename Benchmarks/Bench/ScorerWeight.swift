import Scoring

extension Model {
    /// Support vectors; 0 for a linear model.
    var vectorCount: Int {
        switch function {
        case .linear: 0
        case .kernel(let machine): machine.vectorCount
        case .kernels(let machines): machines.reduce(0) { $0 + $1.vectorCount }
        }
    }

    /// The numbers that were trained, each a double: what a model cannot be without.
    var weightCount: Int {
        switch function {
        case .linear(let linear): (linear.featureCount + 1) * linear.rows
        case .kernel(let machine): machine.weightCount
        case .kernels(let machines): machines.reduce(0) { $0 + $1.weightCount }
        }
    }
}

extension KernelMachine {
    fileprivate var weightCount: Int { vectors.count + coefficients.count + intercepts.count }
}

extension FeatureSource {
    /// Bytes of what was learnt of texts: the terms of a vocabulary, and a double a term.
    var vocabularyBytes: Int {
        switch self {
        case .tfidfNgrams(let recipe):
            recipe.vocabulary.reduce(0) { $0 + $1.count }
                + (recipe.idf?.count ?? 0) * MemoryLayout<Double>.size
        case .union(let parts): parts.reduce(0) { $0 + $1.source.vocabularyBytes }
        default: 0
        }
    }
}

extension Scorer {
    var weightBytes: Int { model.weightCount * MemoryLayout<Double>.size }
}
