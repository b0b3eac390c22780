package import Lifecycle

/// By what a rollout is judged, as its plan says: guards, error rates and delayed starts.
package struct JudgeSettings: Sendable, Equatable {
    /// Probability that a candidate within its margins is ever rolled back, over the whole rollout.
    package var alpha = 0.01
    /// Probability that one beyond a margin ever passes.
    package var beta = 0.05
    /// Part of the share's records that must be pairs before anything passes.
    package var coverage = 0.8
    /// Blocks with pairs before anything fails, and before anything passes.
    package var failBlocks = 12
    package var passBlocks = 180
    package var guards = Guard.defaults

    package init() {}

    /// Milliseconds of the judge's clock in a block.
    package static let blockMs: Int64 = 10_000
    package static let guardsMax = 32

    /// What each enforced guard of comparison `number` (1, 2, …) may spend of `alpha`: the sum over
    /// all comparisons and guards is `alpha`.
    package func level(comparison number: Int) -> Double {
        let enforced = guards.reduce(0) { $0 + ($1.isEnforced ? 1 : 0) }
        let place = Double(number)
        return alpha / (place * (place + 1)) / Double(max(1, enforced))
    }
}

extension JudgeSettings: TreeCodable {
    package var json: JSONValue {
        [
            "alpha": .double(alpha), "beta": .double(beta), "coverage": .double(coverage),
            "fail_blocks": .count(failBlocks), "pass_blocks": .count(passBlocks),
            "guards": .array(guards.map(\.json)),
        ]
    }

    /// What is not there is as by default.
    package init(_ json: JSONValue, act: String) throws(SwerveError) {
        try self.init(try TreeReader(json, act: act))
    }

    /// Reads its keys out of an object that has others, too.
    init(_ tree: TreeReader) throws(SwerveError) {
        if tree.has("alpha") { alpha = try tree.number("alpha", in: Self.levels) }
        if tree.has("beta") { beta = try tree.number("beta", in: Self.levels) }
        if tree.has("coverage") { coverage = try tree.number("coverage", in: 0...1) }
        let blocks = 0...Self.blocksMax
        if tree.has("fail_blocks") { failBlocks = Int(try tree.integer("fail_blocks", in: blocks)) }
        if tree.has("pass_blocks") { passBlocks = Int(try tree.integer("pass_blocks", in: blocks)) }
        guard tree.has("guards") else { return }
        guards = []
        for rule in try tree.objects("guards", atMost: Self.guardsMax) {
            let rule = try Guard(rule)
            guard !guards.contains(where: { $0.name == rule.name }) else {
                throw tree.refusal("guards", "have '\(rule.name.shortened(to: 40))' twice")
            }
            guards.append(rule)
        }
    }

    /// What an error rate may be.
    package static let levels = 1e-12...0.5
    /// Ten years of blocks.
    static let blocksMax: Int64 = 3_650 * 8_640
}

extension Guard {
    fileprivate var json: JSONValue {
        [
            "name": .string(name), "source": .string(source.rawValue),
            "kind": .string(kind.rawValue), "rel": .double(rel), "abs": .double(abs),
            "ratio": .double(ratio), "spreads": .double(spreads), "enforce": .bool(isEnforced),
            "required": .bool(isRequired),
        ]
    }

    fileprivate init(_ tree: TreeReader) throws(SwerveError) {
        try tree.allow([
            "name", "source", "kind", "rel", "abs", "ratio", "spreads", "enforce", "required",
        ])
        self.init(
            name: try tree.string("name"), source: try tree.word("source", Source.self),
            kind: try tree.word("kind", Kind.self))
        isEnforced = try tree.flag("enforce")
        isRequired = try tree.flag("required")
        if tree.has("rel") { rel = try tree.number("rel", in: 0...Self.marginMax) }
        if tree.has("abs") { abs = try tree.number("abs", in: 0...Self.marginMax) }
        if let refusal = Guard.refusal(of: kind, rel: rel, abs: abs) {
            throw tree.refusal(refusal)
        }
        if source == .latency || tree.has("ratio") {
            ratio = try tree.number("ratio", in: 1e-6...Self.marginMax)
        }
        if source == .score || tree.has("spreads") {
            spreads = try tree.number("spreads", in: 0...Self.marginMax)
        }
    }

    static let marginMax = 1e6
}
