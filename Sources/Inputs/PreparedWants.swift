package import Lifecycle
package import Scoring

/// What one scorer wants of each record.
package struct InputWant: Sendable, Equatable {
    package let views: InputViews
    /// The named numeric fields, in the scorer's order.
    package let fieldNames: [String]
    /// Whether a text comes with the parts of the request that it was made of.
    package let wantsParts: Bool

    package init(_ views: InputViews, fieldNames: [String] = [], wantsParts: Bool = false) {
        self.views = fieldNames.isEmpty ? views : views.union(.fields)
        self.fieldNames = fieldNames
        self.wantsParts = wantsParts
    }

    /// What a featurizer reads.
    package init(_ featurizer: Featurizer) {
        self.init(
            featurizer.readsIndexZero ? featurizer.needs.union(.indexZero) : featurizer.needs,
            fieldNames: featurizer.fieldNames,
            wantsParts: featurizer.readsParts)
    }
}

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
    /// The named numeric fields that are wanted, all scorers' together.
    let fieldNames: [String]
    let memory: Memory
    /// For each want, the places of its named fields in `fieldNames`; `numbers` holds their values.
    private let numberPlaces: [[Int]]
    private let numbers: [NumberBlock]

    /// - Parameter settings: the decoder's.
    /// - Throws: `SwerveError.system` when memory is short or there are too many named fields.
    package init(_ wants: [InputWant], for settings: InputSettings) throws(SwerveError) {
        var names: [String] = []
        var known: [String: Int] = [:]
        var places: [[Int]] = []
        for want in wants {
            places.append(
                want.fieldNames.map { name in
                    if let place = known[name] { return place }
                    known[name] = names.count
                    names.append(name)
                    return names.count - 1
                })
        }
        limitBytes = settings.limitBytes
        self.wants = wants
        views = wants.reduce(into: InputViews()) { $0.formUnion($1.views) }
        fieldNames = names
        numberPlaces = places
        numbers = places.map { NumberBlock(count: $0.count) }
        switch settings.format {
        case .json:
            memory = .json(
                try JSONWantsMemory(views: views, fieldNames: names, limitBytes: limitBytes))
        case .log(let log):
            memory = .log(LogWantsMemory(log.plan, fieldNames: names))
        case .avro(let fields):
            memory = .avro(
                AvroWants(
                    fields, fieldNames: names,
                    (dense: views.contains(.dense), sparse: views.contains(.sparse)),
                    firstIndex: views.contains(.indexZero) ? 0 : 1, limitBytes: limitBytes))
        case .text: memory = .none
        }
    }

    // MARK: - Named numbers

    /// What became of a named numeric field, as decoders note it.
    enum NumberState: UInt8 {
        // The order is that of `request_json_number`.
        /// Absent or null: the value is NaN.
        case absent
        case there
        case wrongType
        case duplicate
    }

    /// Gathers the named fields of one want out of the values of all `fieldNames`; a field that is
    /// no number takes the view away.
    ///
    /// - Parameters:
    ///   - values: one a name; nil where there are no names.
    ///   - states: one a name, raw values of `NumberState`.
    func takeNumbers(
        of position: Int, values: UnsafePointer<Double>?, states: UnsafePointer<UInt8>?,
        into input: inout ScoringInput
    ) {
        let block = unsafe numbers[position].values
        unsafe input.fields = UnsafeBufferPointer(block)
        guard let values = unsafe values, let states = unsafe states else { return }
        for (index, place) in numberPlaces[position].enumerated() {
            guard unsafe states[place] <= NumberState.there.rawValue else {
                input.views.remove(.fields)
                unsafe input.fields = UnsafeBufferPointer(start: nil, count: 0)
                return
            }
            unsafe block[index] = values[place]
        }
    }

    /// Which of one want's named fields took the view away; nil where none did.
    func numberRefusal(of position: Int, states: UnsafePointer<UInt8>?) -> RejectReason? {
        guard let states = unsafe states else { return nil }
        for place in numberPlaces[position] {
            switch unsafe NumberState(rawValue: states[place]) {
            case .wrongType: return .namedWrongType(place)
            case .duplicate: return .namedDuplicate(place)
            default: continue
            }
        }
        return nil
    }
}

/// A fixed number of doubles at one address; freed with its owner.
@safe
private final class NumberBlock {
    let values: UnsafeMutableBufferPointer<Double>

    init(count: Int) {
        unsafe values = .allocate(capacity: count)
        unsafe values.initialize(repeating: .nan)
    }

    deinit { unsafe values.deallocate() }
}
