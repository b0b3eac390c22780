/// Makes plausible requests to an invented web shop, about a quarter of them attacks.
///
/// The same seed gives the same lines. Costs about 3 µs a line, allocates nothing once its buffers
/// have grown. One thread.
package struct TrafficGenerator: Sendable {
    package static let defaultSeed: UInt64 = 1
    /// Distinct record keys: the clients.
    package static let clientCount = 1_000
    static let attackPercent = 25

    /// One JSON object without a line end:
    /// `{"id","method","path","query","body","user_agent","label","class"}`.
    package private(set) var line: [UInt8] = []
    /// The client: `client-0042`.
    package private(set) var key: [UInt8] = []
    /// What the last line is.
    package private(set) var trafficClass = TrafficClass.normal
    /// Lines made so far.
    package private(set) var count = 0

    private var random: SeededRandom
    private let isNormalLeftOut: Bool
    /// Each family of attacks, as often as its weight.
    private let draw: [TrafficClass]
    private let shapes: [TrafficClass: WeightedShapes]

    private var path: [UInt8] = []
    private var query: [UInt8] = []
    private var body: [UInt8] = []
    private var payload: [UInt8] = []
    private var encodedPayload: [UInt8] = []
    private var scratch: [UInt8] = []

    /// - Parameter without: classes that are left out; at least one class must remain.
    package init(seed: UInt64 = defaultSeed, without: Set<TrafficClass> = []) {
        precondition(without.count < TrafficClass.allCases.count, "no class of traffic is left")
        random = SeededRandom(seed: seed)
        isNormalLeftOut = without.contains(.normal)
        let attacks = TrafficClass.attacks.filter { !without.contains($0) }
        draw = attacks.flatMap { Array(repeating: $0, count: $0.weight) }
        shapes = Dictionary(
            uniqueKeysWithValues: TrafficClass.allCases.map { ($0, WeightedShapes($0.shapes)) })
    }

    /// Makes the next request: replaces `line`, `key` and `trafficClass`.
    package mutating func next() {
        count += 1
        let isAttack = !draw.isEmpty && (isNormalLeftOut || random.chance(Self.attackPercent))
        trafficClass = isAttack ? draw[random.below(draw.count)] : .normal
        makeKey()
        guard let shape = shapes[trafficClass]?.pick(&random) else { return }
        fill(shape)
        encode(shape.method)
    }

    private mutating func makeKey() {
        // A few clients send much: the smaller of two draws.
        let client = min(random.below(Self.clientCount), random.below(Self.clientCount))
        key.removeAll(keepingCapacity: true)
        key.append(contentsOf: Self.keyHead)
        Self.append(client, width: 4, to: &key)
    }

    private mutating func fill(_ shape: RequestShape) {
        let urlEncoding = Self.urlEncodings[random.below(Self.urlEncodings.count)]
        path.removeAll(keepingCapacity: true)
        query.removeAll(keepingCapacity: true)
        body.removeAll(keepingCapacity: true)
        makePayload()
        encodePayload(trafficClass.evasions)
        shape.path.write(
            to: &path, encoding: urlEncoding == .form ? .percent : urlEncoding,
            payload: encodedPayload, random: &random, scratch: &scratch)
        shape.query?.write(
            to: &query, encoding: urlEncoding, payload: encodedPayload, random: &random,
            scratch: &scratch)
        guard let template = shape.body else { return }
        var encoding = urlEncoding
        switch shape.bodyKind {
        case .none, .form: if urlEncoding == .percent { encoding = .form }
        case .json: encoding = .json
        case .xml: encoding = .verbatim
        }
        if shape.bodyKind != .form { encodePayload([encoding]) }
        template.write(
            to: &body, encoding: encoding, payload: encodedPayload, random: &random,
            scratch: &scratch)
    }

    private mutating func makePayload() {
        payload.removeAll(keepingCapacity: true)
        let payloads = trafficClass.payloads
        guard !payloads.isEmpty else { return }
        payloads.pick(&random).write(
            to: &payload, encoding: .verbatim, payload: [], random: &random, scratch: &scratch)
    }

    private mutating func encodePayload(_ encodings: [TextEncoding]) {
        encodedPayload.removeAll(keepingCapacity: true)
        let encoding = encodings[random.below(encodings.count)]
        encoding.write(payload, to: &encodedPayload)
    }

    private mutating func encode(_ method: [UInt8]) {
        line.removeAll(keepingCapacity: true)
        line.append(contentsOf: Self.idHead)
        Self.append(count, width: 6, to: &line)
        line.append(contentsOf: Self.methodHead)
        line.append(contentsOf: method)
        line.append(contentsOf: Self.pathHead)
        TextEncoding.writeJSON(path, to: &line)
        line.append(contentsOf: Self.queryHead)
        TextEncoding.writeJSON(query, to: &line)
        line.append(contentsOf: Self.bodyHead)
        TextEncoding.writeJSON(body, to: &line)
        line.append(contentsOf: Self.agentHead)
        let agents =
            trafficClass == .scanner || (trafficClass != .normal && random.chance(30))
            ? AttackWords.agents : Self.browsers
        TextEncoding.writeJSON(agents[random.below(agents.count)], to: &line)
        line.append(contentsOf: trafficClass == .normal ? Self.normalTail : Self.attackTail)
        line.append(contentsOf: trafficClass.rawValue.utf8)
        line.append(contentsOf: Self.tail)
    }

    private static func append(_ number: Int, width: Int, to output: inout [UInt8]) {
        var bound = 10
        for _ in 1..<width {
            if number < bound { output.append(UInt8(ascii: "0")) }
            bound *= 10
        }
        Placeholder.decimal(number, to: &output)
    }

    private static let urlEncodings: [TextEncoding] = [
        .form, .form, .form, .percent, .percent, .percentLowerCase, .careless,
    ]
    private static let keyHead = Array("client-".utf8)
    private static let idHead = Array(#"{"id":"r-"#.utf8)
    private static let methodHead = Array(#"","method":""#.utf8)
    private static let pathHead = Array(#"","path":""#.utf8)
    private static let queryHead = Array(#"","query":""#.utf8)
    private static let bodyHead = Array(#"","body":""#.utf8)
    private static let agentHead = Array(#"","user_agent":""#.utf8)
    private static let normalTail = Array(#"","label":-1,"class":""#.utf8)
    private static let attackTail = Array(#"","label":1,"class":""#.utf8)
    private static let tail = Array(#""}"#.utf8)
    private static let browsers = ShopWords.bytes(
        "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 Safari/605.1.15",
        "ShopApp/4.12 (Android 14)", "ShopApp/4.11 (iOS 17.5)")
}

extension TrafficClass {
    /// How payloads of this family are written into URLs and forms.
    fileprivate var evasions: [TextEncoding] {
        switch self {
        case .normal, .serialized: [.form]
        case .pathTraversal, .scanner: [.verbatim]
        case .requestForgery: [.verbatim, .percent, .percentLowerCase]
        case .headerInjection: [.percent, .percentLowerCase, .percent, .double]
        default:
            [
                .form, .form, .percent, .percentLowerCase, .careless, .careless, .double,
                .everything, .wide,
            ]
        }
    }
}

/// SplitMix64: the same seed gives the same traffic on every machine and in every version.
struct SeededRandom: Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number in 0 ..< `bound`, which is above 0.
    mutating func below(_ bound: Int) -> Int {
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// True in `percent` of 100 cases.
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
}
