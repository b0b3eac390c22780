package import Lifecycle
internal import Scoring

/// What a decoder reads records for, made ready beforehand: all that can fail in taking up scorers,
/// and all memory that reading for them needs.
///
/// Made on any thread, installed in one decoder alone, and from then on that decoder's thread's.
///
/// `@unchecked Sendable`: nothing in it changes but by the one decoder in which it is installed, on
/// that decoder's thread.
@safe
package final class PreparedWants: @unchecked Sendable {
    /// What a format needs besides, to read for these wants.
    enum Memory {
        case json(JSONWantsMemory)
        case log(LogWantsMemory)
        case avro(AvroWants)
        case none
    }

    package let limitBytes: Int
    /// One want for each scorer that takes turns with the decoder.
    package let wants: [InputWant]
    /// The views that at least one want has.
    let views: InputViews
    /// Whether the text is wanted of every record, and not only where a named text is absent.
    let wantsRequests: Bool
    /// The names of all that is wanted by name, all scorers' together: numbers first.
    let names: WantedNames
    let memory: Memory
    /// For each want, the places of its named fields in `names`; the blocks hold their values.
    private let numberPlaces: [[Int]]
    private let textPlaces: [[Int]]
    private let numbers: [FixedBlock<Double>]
    private let texts: [FixedBlock<NamedText>]

    /// - Parameter settings: the decoder's.
    /// - Throws: `SwerveError.system` when memory is short or there are too many named fields.
    package init(_ wants: [InputWant], for settings: InputSettings) throws(SwerveError) {
        let (numbers, numberPlaces) = WantedNames.gathered(wants.map(\.fieldNames))
        let (texts, textPlaces) = WantedNames.gathered(wants.map(\.textNames))
        let names = WantedNames(numbers: numbers, texts: texts)
        limitBytes = settings.limitBytes
        self.wants = wants
        views = wants.reduce(into: InputViews()) { $0.formUnion($1.views) }
        wantsRequests = wants.contains { $0.views.contains(.text) && !$0.isTextSpare }
        self.names = names
        self.numberPlaces = numberPlaces
        self.textPlaces = textPlaces.map { places in places.map { numbers.count + $0 } }
        self.numbers = numberPlaces.map { FixedBlock(count: $0.count, of: .nan) }
        self.texts = textPlaces.map { FixedBlock(count: $0.count, of: NamedText()) }
        switch settings.format {
        case .json:
            memory = .json(
                try JSONWantsMemory(
                    views: views, wantsRequests: wantsRequests, names: names, settings: settings))
        case .log(let log):
            memory = .log(LogWantsMemory(log.plan, names, settings: settings))
        case .avro(let fields):
            memory = .avro(
                AvroWants(
                    fields, names,
                    (dense: views.contains(.dense), sparse: views.contains(.sparse)),
                    firstIndex: views.contains(.indexZero) ? 0 : 1, settings: settings))
        case .text: memory = .none
        }
    }

    // MARK: - Named fields

    /// What became of a named field, as decoders note it.
    enum NamedState: UInt8 {
        // The order is that of `request_json_state`.
        /// Absent or null: the number is NaN, the text has no address.
        case absent
        case there
        case wrongType
        case duplicate
        /// As a key that is the whole name, and where its parts lead to.
        case both
        case notUTF8
    }

    /// Gathers the named numbers of one want out of the values of all of them; a field that is no
    /// number takes the view away.
    ///
    /// - Parameters:
    ///   - values: one a name; nil where there are no names.
    ///   - states: one a name, raw values of `NamedState`.
    func takeNumbers(
        of position: Int, values: UnsafePointer<Double>?, states: UnsafePointer<UInt8>?,
        into input: inout ScoringInput
    ) {
        let block = unsafe numbers[position].values
        unsafe input.fields = UnsafeBufferPointer(block)
        guard let values = unsafe values, let states = unsafe states else { return }
        for (index, place) in numberPlaces[position].enumerated() {
            guard unsafe states[place] <= NamedState.there.rawValue else {
                input.views = input.views.subtracting(.fields)
                unsafe input.fields = UnsafeBufferPointer(start: nil, count: 0)
                return
            }
            unsafe block[index] = values[place]
        }
    }

    /// The same for named texts.
    ///
    /// - Parameters:
    ///   - given: one a text, in the order of `names.texts`.
    ///   - states: one a name, those of numbers first.
    func takeTexts(
        of position: Int, _ given: UnsafePointer<NamedText>?, states: UnsafePointer<UInt8>?,
        into input: inout ScoringInput
    ) {
        unsafe takeTexts(of: position, states: states, into: &input) { place in
            unsafe given.map { unsafe $0[place] } ?? NamedText()
        }
    }

    @inline(__always)
    func takeTexts(
        of position: Int, states: UnsafePointer<UInt8>?, into input: inout ScoringInput,
        _ text: (Int) -> NamedText
    ) {
        let block = unsafe texts[position].values
        unsafe input.texts = UnsafeBufferPointer(block)
        guard let states = unsafe states else { return }
        for (index, place) in textPlaces[position].enumerated() {
            guard unsafe states[place] <= NamedState.there.rawValue else {
                input.views = input.views.subtracting(.texts)
                unsafe input.texts = UnsafeBufferPointer(start: nil, count: 0)
                return
            }
            unsafe block[index] = text(place - names.numbers.count)
        }
    }

    /// Gives a record that has no named fields at all: every text is absent.
    func takeNoTexts(of position: Int, into input: inout ScoringInput) {
        guard wants[position].views.contains(.texts) else { return }
        let block = unsafe texts[position].values
        unsafe block.update(repeating: NamedText())
        unsafe input.texts = UnsafeBufferPointer(block)
        input.views = input.views.union(.texts)
    }

    /// Which of one want's named fields took a view away; nil where none did.
    func namedRefusal(of position: Int, states: UnsafePointer<UInt8>?) -> RejectReason? {
        guard let states = unsafe states else { return nil }
        for (places, isText) in [(numberPlaces, false), (textPlaces, true)] {
            for place in places[position] {
                switch unsafe NamedState(rawValue: states[place]) {
                case .wrongType: return isText ? .namedNotText(place) : .namedWrongType(place)
                case .duplicate: return .namedDuplicate(place)
                case .both: return .namedBoth(place)
                case .notUTF8: return .notUTF8
                default: continue
                }
            }
        }
        return nil
    }
}

/// The names that several scorers want, each once.
struct WantedNames: Sendable, Equatable {
    let numbers: [String]
    let texts: [String]

    /// By the places that refusals have: numbers first.
    var all: [String] { numbers + texts }

    /// Each name once, and the places of every list's names among them.
    static func gathered(_ lists: [[String]]) -> (names: [String], places: [[Int]]) {
        var names: [String] = []
        var known: [String: Int] = [:]
        var places: [[Int]] = []
        for list in lists {
            places.append(
                list.map { name in
                    if let place = known[name] { return place }
                    known[name] = names.count
                    names.append(name)
                    return names.count - 1
                })
        }
        return (names, places)
    }
}

/// A fixed number of values at one address; freed with its owner.
@safe
final class FixedBlock<Element: BitwiseCopyable> {
    let values: UnsafeMutableBufferPointer<Element>

    init(count: Int, of value: Element) {
        unsafe values = .allocate(capacity: count)
        unsafe values.initialize(repeating: value)
    }

    deinit { unsafe values.deallocate() }
}
