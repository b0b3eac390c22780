/// How the members of a calibrated ensemble decide, and what is told of them.
extension Scorer {
    /// Writes the decisions of members with support vectors into `memory.members`, which has room
    /// for them, one after the other; linear members are hyperplanes side by side instead, and one
    /// pass over the features serves all.
    ///
    /// With several classes the members' votes are told as a decision a class, as scikit-learn
    /// calibrates them.
    func decideMembers(
        _ machines: [KernelMachine], _ features: borrowing FeatureVector,
        _ memory: inout ScoreMemory, _ plainly: Bool
    ) {
        for (member, machine) in machines.enumerated() {
            guard model.rule == .oneVsRest else {
                unsafe machine.decide(
                    features, &memory, plainly: plainly, into: memory.members.pointer + member)
                continue
            }
            memory.pairs.reserve(machine.intercepts.count)
            unsafe machine.decide(
                features, &memory, plainly: plainly, into: memory.pairs.pointer)
            vote(ofMember: member, &memory)
        }
    }

    /// The pairs' decisions of a member as one a class.
    private func vote(ofMember member: Int, _ memory: inout ScoreMemory) {
        let classes = model.classes.count
        _ = memory.vote(classes: classes, telling: .classes)
        unsafe (memory.members.pointer + member * classes).update(
            from: memory.decisions.pointer, count: classes)
    }

    /// What decisions mean that the members gave elsewhere: members come in their order, and it is
    /// nil until the last one.
    func tell(
        _ given: UnsafePointer<Double>, ofMember member: Int, of members: Int,
        _ memory: inout ScoreMemory
    ) -> Verdict? {
        _ = unsafe begin(&memory)
        if model.rule == .oneVsRest {
            let pairs = model.classes.count * (model.classes.count - 1) / 2
            memory.pairs.reserve(pairs)
            unsafe memory.pairs.pointer.update(from: given, count: pairs)
            vote(ofMember: member, &memory)
        } else {
            unsafe memory.members.pointer[member] = given[0]
        }
        return member == members - 1 ? verdict(&memory) : nil
    }

    /// Tells the probabilities of the decisions in `memory.members`; `memory.decisions` has room.
    @inline(__always)
    func conclude(_ calibration: Calibration, _ memory: inout ScoreMemory) -> Verdict {
        let classes = model.classes.count
        memory.work.reserve(classes)
        unsafe calibration.tell(
            memory.members.pointer, classes: classes, positive: model.positive,
            into: memory.decisions.pointer, work: memory.work.pointer)
        return model.rule == .single
            ? unsafe verdict(memory.decisions.pointer[0]) : memory.largest()
    }
}
