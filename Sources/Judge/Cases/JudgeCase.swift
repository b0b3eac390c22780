package import Lifecycle

/// Cases of acceptance, a JSON document each, and what the code that rollouts run makes of them.
package enum JudgeCase {
    /// What a case tries.
    package enum Test: String, Sendable, CaseIterable {
        /// A guard's evidence: `kind`, `rel`, `abs`, `cells`, `alpha`, `beta`, and in `blocks` an
        /// `in` each: [n00, n01, n10, n11], or rows of those with their cell in front.
        case engine
        /// A comparison: a `config`, and `ticks` with `now_ms`, `slots` and perhaps `feedback`.
        case judge
        /// A rollout: a `plan`, and in `events` an `in` each: a start, a tick, or a person's word.
        case controller
    }

    /// `{"name": …, "outs": […]}`, the outcomes in the order of the case.
    ///
    /// - Throws: `.invalid` by the path of what is wrong; the case may be hostile.
    package static func answer(_ document: JSONValue, act: String) throws(SwerveError) -> JSONValue
    {
        let tree = try TreeReader(document, act: act)
        let name = try tree.string("name", bytes: nameBytes)
        let outs =
            switch try tree.word("test", Test.self) {
            case .engine: try EngineCase.outs(tree)
            case .judge: try ReportCase.outs(tree)
            case .controller: try RolloutCase.outs(tree)
            }
        return ["name": .string(name), "outs": .array(outs)]
    }

    private static let nameBytes = 4_096
    /// Blocks, ticks or events of one case.
    static let stepsMax = 1 << 20

    /// Whether any of them has an outcome that is asked for; where none has, all are.
    static func asksForSome(_ steps: [TreeReader]) -> Bool { steps.contains { $0.has("out") } }
}

/// One guard's evidence, block by block.
private enum EngineCase {
    static func outs(_ tree: TreeReader) throws(SwerveError) -> [JSONValue] {
        let kind = try tree.word("kind", Guard.Kind.self)
        let rel = try tree.number("rel", in: 0...Guard.marginMax)
        let abs = try tree.number("abs", in: 0...Guard.marginMax)
        if let refusal = Guard.refusal(of: kind, rel: rel, abs: abs) { throw tree.refusal(refusal) }
        let hasCells = try tree.flag("cells")
        let alpha = try tree.number("alpha", in: JudgeSettings.levels)
        let beta = try tree.number("beta", in: JudgeSettings.levels)
        let blocks = try tree.objects("blocks", atMost: JudgeCase.stepsMax)
        let asksForSome = JudgeCase.asksForSome(blocks)
        var evidence = Evidence(kind, rel: rel, abs: abs, hasCells: hasCells)
        var outs: [JSONValue] = []
        for block in blocks {
            if hasCells {
                evidence.add(cells: try cells(of: block))
            } else {
                let n = try block.numbers("in", count: 4, in: counts)
                evidence.add(Outcomes(n[0], n[1], n[2], n[3]))
            }
            if block.has("out") || !asksForSome { outs.append(out(evidence, alpha, beta)) }
        }
        return outs
    }

    private static func cells(of block: TreeReader) throws(SwerveError) -> [Outcomes] {
        var cells = [Outcomes](repeating: .zero, count: RecordCell.count)
        for row in try block.rows("in", of: 5) {
            let n = row.numbers.map(Double.init)
            cells[row.cell] = Outcomes(n[0], n[1], n[2], n[3])
        }
        return cells
    }

    private static func out(_ evidence: Evidence, _ alpha: Double, _ beta: Double) -> JSONValue {
        func effect(_ level: Double) -> JSONValue {
            let effect = evidence.designEffect(level)
            return effect.isFinite ? .double(effect) : .null
        }
        let bounds = evidence.bounds()
        return [
            "log_e_fail": .double(evidence.logFail(alpha)),
            "log_e_pass": .double(evidence.logPass(beta)), "phi_fail": effect(alpha),
            "phi_pass": effect(beta), "bounds": .list([bounds.low, bounds.high]),
        ]
    }

    private static let counts = 0...Double(StatusCount.largest)
}

extension TreeReader {
    /// Rows of a cell and its counts, `[[cell, count, …], …]`.
    func rows(
        _ key: String, of length: Int
    ) throws(SwerveError) -> [(cell: Int, numbers: [Int64])] {
        var rows: [(cell: Int, numbers: [Int64])] = []
        for value in try list(key, atMost: RecordCell.count) {
            let numbers = (value.array ?? []).compactMap { $0.int.map(Int64.init) }
            guard numbers.count == length, value.array?.count == length,
                numbers.allSatisfy(StatusCount.isSensible),
                numbers[0] < Int64(RecordCell.count)
            else { throw refusal(key, "has a row that is no cell with its counts") }
            rows.append((Int(numbers[0]), Array(numbers.dropFirst())))
        }
        return rows
    }
}

/// A file of cases, one JSON document a line.
extension JudgeCase {
    /// Hands over the answer to each line of `bytes` that is not empty.
    ///
    /// - Parameter name: of the file, for errors.
    /// - Throws: `.invalid` or `.tooLarge` at the first line that is no case, with its number.
    package static func answer(
        lines bytes: [UInt8], name: String, _ emit: (JSONValue) -> Void
    ) throws(SwerveError) {
        var first = 0
        var number = 0
        while first < bytes.count {
            number += 1
            let end = bytes[first...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            if end > first {
                let act = "reading line \(number) of \(name)"
                let line = try JSONValue(
                    parsing: bytes, first..<end, JSONBounds(), place: "", act: act)
                emit(try answer(line, act: act))
            }
            first = end + 1
        }
    }

    /// A whole file of cases.
    package static let fileBytes = 256 << 20
}
