/// Scoring several inputs together.
extension Scorer {
    /// How many inputs it decides together at most; 1 where that gains nothing.
    package var blockSize: Int {
        guard case .kernel(let machine) = model.function else { return 1 }
        return machine.blockSize
    }

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
        guard case .kernel(let machine) = model.function, machine.blockSize > 1,
            fault(of: buffer) == nil,
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
        guard block.memory.rowCount > 0, case .kernel(let machine) = model.function else { return }
        machine.decide(&block.memory)
        let told = model.function.decisionCount
        for row in 0..<block.memory.rowCount {
            let place = unsafe Int(block.memory.places.pointer[row])
            let decisions = unsafe block.memory.decisions.pointer + row * told
            block.settle(place, unsafe tell(decisions, &block.output(place).memory))
        }
        block.memory.rowCount = 0
    }
}
