internal import Lifecycle
internal import Scoring

/// Golden inputs of a bundle: one tensor a view, one with the decisions of scikit-learn.
enum BundleGolden {
    /// - Parameter decisions: how many a scorer of the model tells.
    static func parse(
        _ manifest: BundleObject, decisions: Int
    ) throws(SwerveError) -> [GoldenInput] {
        guard manifest.value("golden") != nil else { return [] }
        let golden = try manifest.object("golden")
        try golden.require(keys: [
            "count", "decision", "text", "request", "dense", "fields", "texts",
        ])
        let count = try golden.int("count", in: 1...Limits.goldenInputs)
        let expected = try golden.tensors.doubles(
            golden.tensorName("decision"), shape: [count, decisions])
        var inputs = [OwnedInput](repeating: OwnedInput(), count: count)
        try addTexts(golden, &inputs)
        try addNumbers(golden, &inputs)
        try addNamedTexts(golden, &inputs)
        // All fields of an input may be absent, but then the names say what it is.
        guard
            inputs[0] != OwnedInput() || golden.value("fields") != nil
                || golden.value("texts") != nil
        else {
            throw golden.wrong("count", "is of inputs without text, request, dense or fields")
        }
        return inputs.enumerated().map { position, input in
            let start = position * decisions
            return GoldenInput(input: input, decision: Array(expected[start..<start + decisions]))
        }
    }

    private static func addTexts(
        _ golden: BundleObject, _ inputs: inout [OwnedInput]
    ) throws(SwerveError) {
        if golden.value("text") != nil {
            let object = try golden.object("text")
            try object.require(keys: ["bytes", "offsets"])
            let texts = try strings(object, count: inputs.count)
            for (position, text) in texts.enumerated() { inputs[position].text = Array(text) }
        }
        guard golden.value("request") != nil else { return }
        guard golden.value("text") == nil else {
            throw golden.wrong("request", "beside a text, which is the request's own")
        }
        let object = try golden.object("request")
        try object.require(keys: ["bytes", "offsets"])
        let parts = try strings(object, count: 4 * inputs.count)
        for position in inputs.indices {
            let request = parts[4 * position..<4 * position + 4].map(Array.init)
            (inputs[position].text, inputs[position].parts) = text(of: request)
        }
    }

    /// Texts by name, those of one input side by side; `absent` are the places of those that a
    /// record does not have, ascending.
    private static func addNamedTexts(
        _ golden: BundleObject, _ inputs: inout [OwnedInput]
    ) throws(SwerveError) {
        guard golden.value("texts") != nil else { return }
        let texts = try golden.object("texts")
        try texts.require(keys: ["names", "bytes", "offsets", "absent"])
        let names = try texts.strings("names", most: Limits.namedFields)
        guard Set(names).count == names.count, !names.isEmpty else {
            throw texts.wrong("names", "is empty, or has one twice")
        }
        let count = names.count * inputs.count
        let strings = try strings(texts, count: count)
        var absent: Set<Int> = []
        for place in texts.value("absent")?.array ?? [] {
            guard let place = place.int, (0..<count).contains(place), strings[place].isEmpty,
                absent.insert(place).inserted
            else { throw texts.wrong("absent", "is not a list of places of empty texts") }
        }
        for (place, text) in strings.enumerated() where !absent.contains(place) {
            inputs[place / names.count].texts[names[place % names.count]] = Array(text)
        }
    }

    private static func strings(
        _ object: BundleObject, count: Int
    ) throws(SwerveError) -> [ArraySlice<UInt8>] {
        let name = try object.tensorName("bytes")
        let strings = try object.tensors.strings(
            blob: name, offsets: object.tensorName("offsets"), count: count)
        let length = strings.reduce(0) { $0 + $1.count }
        guard length <= Limits.goldenBytes else {
            throw SwerveError(
                .tooLarge, act: object.tensors.act,
                reason: "\(length) bytes of golden inputs, the limit is \(Limits.goldenBytes)")
        }
        return strings
    }

    /// `METHOD path?query\nbody`, and where its parts stand.
    private static func text(of request: [[UInt8]]) -> ([UInt8], RequestParts) {
        var text = request[0] + [0x20]
        let method = 0..<request[0].count
        func append(_ part: [UInt8]) -> Range<Int> {
            text += part
            return text.count - part.count..<text.count
        }
        let path = append(request[1])
        if !request[2].isEmpty { text.append(UInt8(ascii: "?")) }
        let query = append(request[2])
        text.append(0x0A)
        let body = append(request[3])
        return (text, RequestParts(method: method, path: path, query: query, body: body))
    }

    private static func addNumbers(
        _ golden: BundleObject, _ inputs: inout [OwnedInput]
    ) throws(SwerveError) {
        if golden.value("dense") != nil {
            // NaN among them is the record's own: an imputer takes it.
            let rows = try golden.tensors.doubles(
                golden.tensorName("dense"), shape: [inputs.count, nil], finite: false)
            let width = rows.count / inputs.count
            for position in inputs.indices {
                inputs[position].dense = Array(rows[position * width..<(position + 1) * width])
            }
        }
        guard golden.value("fields") != nil else { return }
        let fields = try golden.object("fields")
        try fields.require(keys: ["names", "values"])
        let names = try fields.strings("names", most: Limits.namedFields)
        guard Set(names).count == names.count, !names.isEmpty else {
            throw fields.wrong("names", "is empty, or has one twice")
        }
        // NaN stands for a field that the record does not have.
        let values = try fields.tensors.doubles(
            fields.tensorName("values"), shape: [inputs.count, names.count], finite: false)
        for position in inputs.indices {
            for (column, name) in names.enumerated() {
                let value = values[position * names.count + column]
                if !value.isNaN { inputs[position].fields[name] = value }
            }
        }
    }
}
