import Lifecycle

/// A node with what its translation needs: its attributes by type, and words for errors.
struct ONNXOperator {
    let node: ONNXNode
    let bytes: [UInt8]
    let act: String

    func wrong(_ reason: String, remedy: String = "") -> SwerveError {
        SwerveError(.invalid, act: act, reason: "\(words): \(reason)", remedy: remedy)
    }

    func tooLarge(_ reason: String) -> SwerveError {
        SwerveError(.tooLarge, act: act, reason: "\(words): \(reason)")
    }

    var isNotSupported: SwerveError {
        SwerveError(.invalid, act: act, reason: "\(words) is not supported")
    }

    /// The operator and its node by their names.
    var words: String {
        let type =
            node.domain.isEmpty || node.domain == "ai.onnx.ml"
            ? node.type : "\(node.domain).\(node.type)"
        return "operator '\(type.shortened(to: 60))' (node '\(node.name.shortened(to: 60))')"
    }

    /// Refuses attributes that are not among `names`, and another number of inputs or outputs.
    func expect(
        inputs: ClosedRange<Int>, outputs: Int = 1, attributes names: Set<String> = []
    ) throws(SwerveError) {
        if let other = node.attributes.keys.sorted().first(where: { !names.contains($0) }) {
            throw wrong("the attribute '\(other.shortened(to: 60))' is not supported")
        }
        guard inputs.contains(node.inputs.count), node.outputs.count == outputs else {
            throw wrong(
                "\(node.inputs.count) inputs and \(node.outputs.count) outputs are not supported")
        }
    }

    func int(_ name: String) throws(SwerveError) -> Int64? {
        guard let attribute = node.attributes[name] else { return nil }
        guard case .int(let value) = attribute.value else { throw wrongType(name) }
        return value
    }

    func ints(_ name: String) throws(SwerveError) -> [Int64]? {
        guard let attribute = node.attributes[name] else { return nil }
        guard case .ints(let values) = attribute.value else { throw wrongType(name) }
        return values
    }

    /// The numbers of a list, all of them finite.
    func floats(_ name: String) throws(SwerveError) -> [Double]? {
        guard let attribute = node.attributes[name] else { return nil }
        guard case .floats(let values) = attribute.value else { throw wrongType(name) }
        if let place = values.firstIndex(where: { !$0.isFinite }) {
            throw wrong("value \(place + 1) of '\(name)' is not a finite number")
        }
        return values.map(Double.init)
    }

    func string(_ name: String) throws(SwerveError) -> String? {
        guard let attribute = node.attributes[name] else { return nil }
        guard case .string(let range) = attribute.value else { throw wrongType(name) }
        return try text(range, name)
    }

    /// Where the texts of a list stand in the file.
    func ranges(_ name: String) throws(SwerveError) -> [Range<Int>]? {
        guard let attribute = node.attributes[name] else { return nil }
        guard case .strings(let ranges) = attribute.value else { throw wrongType(name) }
        return ranges
    }

    func text(_ range: Range<Int>, _ name: String) throws(SwerveError) -> String {
        guard let text = String(validating: bytes[range], as: UTF8.self) else {
            throw wrong("a text of '\(name)' is not UTF-8")
        }
        return text
    }

    /// Refuses any other value of `name` than `expected`; leaving it out is no other value.
    func expect(_ name: String, _ expected: Int64) throws(SwerveError) {
        let value = try int(name) ?? expected
        guard value == expected else { throw wrong("\(name) \(value) is not supported") }
    }

    func expect(_ name: String, _ expected: String) throws(SwerveError) {
        let value = try string(name) ?? expected
        guard value == expected else {
            throw wrong("\(name) '\(value.shortened(to: 40))' is not supported")
        }
    }

    func expectFinite(_ numbers: [Double], _ name: String) throws(SwerveError) {
        if let place = numbers.firstIndex(where: { !$0.isFinite }) {
            throw wrong("value \(place + 1) of '\(name.shortened(to: 60))' is not a finite number")
        }
    }

    /// The classes that the attributes of a classifier or a ZipMap name: whole numbers or texts.
    func classes(ints: String, strings: String) throws(SwerveError) -> [String] {
        let numbers = try self.ints(ints) ?? []
        let ranges = try self.ranges(strings) ?? []
        guard numbers.isEmpty != ranges.isEmpty else {
            throw wrong("it needs either '\(ints)' or '\(strings)'")
        }
        guard max(numbers.count, ranges.count) <= Limits.labels else {
            throw wrong("more than \(Limits.labels) classes")
        }
        var names = numbers.map { "\($0)" }
        for range in ranges { names.append(try text(range, strings)) }
        guard Set(names).count == names.count else { throw wrong("two classes have one name") }
        return names
    }

    private func wrongType(_ name: String) -> SwerveError {
        wrong("the attribute '\(name)' is of another type than ONNX's")
    }
}
