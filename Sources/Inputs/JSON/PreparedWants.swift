internal import CSimdJSON
package import Lifecycle
import Scoring

/// What a parser reads records for, made ready beforehand: all that can fail in taking up scorers,
/// and all memory that reading for them needs.
///
/// Made on any thread, installed in one parser alone, and from then on that parser's thread's.
/// Address space of four times the limit each for `x` and `svm`, of which only what records reach
/// becomes resident.
///
/// `@unchecked Sendable`: nothing in it changes but by the one parser in which it is installed, on
/// that parser's thread.
@safe
package final class PreparedWants: @unchecked Sendable {
    package let limitBytes: Int
    /// One want for each scorer that takes turns with the parser.
    package let wants: [InputWant]
    /// The named numeric fields that are wanted, all scorers' together.
    let fieldNames: [String]
    /// For each want, its named fields one behind the other; `numbers` holds their values.
    let numberPlaces: [[Int]]
    let numbers: [NumberBlock]
    let handle: OpaquePointer

    /// - Parameter limitBytes: of the records, as the parser has it.
    /// - Throws: `SwerveError.system` when memory is short or there are too many named fields.
    package init(_ wants: [InputWant], limitBytes: Int) throws(SwerveError) {
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
        let views = wants.reduce(into: InputViews()) { $0.formUnion($1.views) }
        let made = unsafe RequestParser.withNames(names) {
            unsafe request_json_wants_create(
                limitBytes, UInt32(views.rawValue), $0, names.count)
        }
        guard let made = unsafe made else {
            throw SwerveError(
                .system, act: "making a parser ready for records of \(limitBytes) bytes",
                reason: "memory is short for \(views.name) input of \(names.count) named fields",
                remedy: "lower limits.request_bytes")
        }
        self.limitBytes = limitBytes
        self.wants = wants
        fieldNames = names
        numberPlaces = places
        numbers = places.map { NumberBlock(count: $0.count) }
        unsafe handle = made
    }

    deinit { unsafe request_json_wants_destroy(handle) }
}
