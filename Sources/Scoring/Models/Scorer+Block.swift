/// Scoring several inputs together.
extension Scorer {
    /// Adds an input to the block, with the memory of `buffer`.
    ///
    /// The input's memory is not needed any more afterwards. A fault of the input stands in the
    /// block at once, and touches no other. Allocates nothing once buffer and block have grown.
    package func add(
        _ input: ScoringInput, _ buffer: FeatureBuffer, to block: ScoreBlock
    ) {
        guard blockSize > 1 else {
            let output = block.nextOutput
            return block.add(score(input, buffer, output))
        }
        featurizer.features(of: input, into: buffer)
        add(buffer, to: block)
    }

    /// Adds the features that an equal featurizer put into `buffer`.
    package func add(_ buffer: FeatureBuffer, to block: ScoreBlock) {
        let output = block.nextOutput
        guard blockSize > 1, let machine = model.function.firstMachine, fault(of: buffer) == nil,
            // What is infinite or NaN goes by the formula there, see `KernelMachine.decide`.
            machine.kernel.isRadial || buffer.scratch.features.firstNotFinite == nil
        else { return block.add(score(buffer, output)) }
        let width = machine.support.width
        let used = block.memory.rowCount * width
        block.memory.rows.reserve(used + width, keeping: used)
        let row = unsafe block.memory.rows.pointer + used
        block.addWaiting(tail: unsafe machine.put(buffer.scratch.features, into: row))
    }

    /// Decides the inputs of the block that wait for it; all of them were added by this scorer.
    package func decide(_ block: ScoreBlock) {
        guard block.memory.rowCount > 0 else { return }
        switch model.function {
        case .linear: return
        case .kernel(let machine):
            machine.decide(&block.memory)
            unsafe block.forEachWaiting(decisions: machine.intercepts.count) { decisions, memory in
                unsafe tell(decisions, &memory)
            }
        case .kernels(let machines): decide(machines, block)
        }
        block.memory.rowCount = 0
    }

    /// The members of an ensemble, one after the other.
    private func decide(_ machines: [KernelMachine], _ block: ScoreBlock) {
        for (member, machine) in machines.enumerated() {
            machine.decide(&block.memory)
            unsafe block.forEachWaiting(decisions: machine.intercepts.count) { decisions, memory in
                unsafe tell(decisions, ofMember: member, of: machines.count, &memory)
            }
        }
    }
}

extension Model {
    /// How many inputs are worth deciding together; 1 where that gains nothing.
    ///
    /// Members of an ensemble have to read inputs of one shape.
    var blockSize: Int {
        switch function {
        case .linear: return 1
        case .kernel(let machine): return machine.blockSize
        case .kernels(let machines):
            guard let first = machines.first,
                machines.allSatisfy({
                    $0.support.width == first.support.width
                        && $0.kernel.isRadial == first.kernel.isRadial
                })
            else { return 1 }
            return machines.reduce(first.blockSize) { min($0, $1.blockSize) }
        }
    }
}

extension DecisionFunction {
    fileprivate var firstMachine: KernelMachine? {
        switch self {
        case .linear: nil
        case .kernel(let machine): machine
        case .kernels(let machines): machines.first
        }
    }
}
