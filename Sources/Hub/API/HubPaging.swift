import Lifecycle

/// A list that comes a page after the other.
///
/// A cursor is what the last page ended with, so that nothing is told twice, or left out, where
/// something is added in between.
struct HubPaging: Sendable {
    /// Where an item stands in the order of its list.
    typealias Place = @Sendable (JSONValue) -> [String]

    /// What an item of a list is found by.
    enum Form: Sendable {
        case name
        case number
        /// A name and a number.
        case reference

        /// What a request has for the item that its list goes on behind.
        ///
        /// - Throws: `.usage` for a cursor of another list.
        func after(_ cursor: String) throws(SwerveError) -> JSONValue {
            let place = cursor.split(separator: "@", omittingEmptySubsequences: false)
                .map { String($0) }
            guard fits(place) else { throw HubPaging.stranger }
            guard self == .number, let number = Int64(cursor) else { return .string(cursor) }
            return .int(number)
        }

        func fits(_ cursor: [String]) -> Bool {
            func isNumber(_ text: String?) -> Bool { text.flatMap { Int64($0) } ?? 0 > 0 }
            let isName = cursor.first.map { (try? ModelName($0)) != nil } ?? false
            switch self {
            case .name: return cursor.count == 1 && isName
            case .number: return cursor.count == 1 && isNumber(cursor.first)
            case .reference: return cursor.count == 2 && isName && isNumber(cursor.last)
            }
        }
    }

    private enum Kind: Sendable {
        /// All of it is there, in an order that does not change.
        case items(Form, Place)
        /// The request has a page alone made: `after`, the item before it, and `limit`, one item
        /// more than the page, which tells whether more follows.
        case taken(Form, Place)
        /// The newest first come, each page oldest first; numbers, newest highest.
        case newest(@Sendable (JSONValue) -> Int?)
    }

    private let list: String
    private let kind: Kind

    static func items(
        _ list: String, by form: Form, _ place: @escaping Place
    ) -> HubPaging {
        HubPaging(list: list, kind: .items(form, place))
    }

    /// A list that may be long: of no more than a page is anything read.
    static func taken(
        _ list: String, by form: Form, _ place: @escaping Place
    ) -> HubPaging {
        HubPaging(list: list, kind: .taken(form, place))
    }

    static func newest(
        _ list: String, _ number: @escaping @Sendable (JSONValue) -> Int?
    ) -> HubPaging {
        HubPaging(list: list, kind: .newest(number))
    }

    static let fields: [HubOperation.Field] = [
        .init("limit", .integer, in: limits, "items of a page, 10000 at most; 100 without"),
        .init("cursor", .string, "where the next page begins: next of the page before"),
    ]

    /// One page of it.
    struct Page {
        fileprivate let paging: HubPaging
        fileprivate let limit: Int
        fileprivate let cursor: [String]?

        /// The document with the page alone, and `next` where more follows.
        func cut(_ document: JSONValue) throws(SwerveError) -> JSONValue {
            guard var fields = document.object, let items = document[paging.list]?.array else {
                return document
            }
            switch paging.kind {
            case .newest(let number):
                if let reached = document["reached"]?.int {
                    // Some were left out, so how many there are does not tell.
                    fields["next"] = .string("\(reached)")
                    break
                }
                guard items.count == limit, let first = items.first.flatMap(number), first > 1
                else { return document }
                fields["next"] = .string("\(first)")
            case .taken(_, let place):
                fields[paging.list] = .array(Array(items.prefix(limit)))
                guard items.count > limit, limit > 0 else { break }
                fields["next"] = .string(place(items[limit - 1]).joined(separator: "@"))
            case .items(_, let place):
                var rest = items[...]
                if let cursor {
                    rest = rest.drop { !HubPaging.isBehind(cursor, place($0)) }
                }
                let page = rest.prefix(limit)
                fields[paging.list] = .array(Array(page))
                guard rest.count > page.count, let last = page.last else { break }
                fields["next"] = .string(place(last).joined(separator: "@"))
            }
            return .object(fields)
        }
    }

    /// Takes limit and cursor out of the fields, or makes of them what the request has.
    func page(of fields: inout [String: JSONValue]) throws(SwerveError) -> Page {
        let held = try Self.limit(of: fields)
        fields["limit"] = nil
        let cursor = fields.removeValue(forKey: "cursor")?.string
        if case .items(let form, _) = kind {
            let place = cursor?.split(separator: "@", omittingEmptySubsequences: false)
                .map { String($0) }
            if let place, !form.fits(place) { throw Self.stranger }
            return Page(paging: self, limit: held, cursor: place)
        }
        if case .taken(let form, _) = kind {
            fields["limit"] = .int(Int64(held) + 1)
            fields["after"] = try cursor.map { cursor throws(SwerveError) in
                try form.after(cursor)
            }
            return Page(paging: self, limit: held, cursor: nil)
        }
        fields["limit"] = .int(Int64(held))
        if let cursor { fields["before"] = try Form.number.after(cursor) }
        return Page(paging: self, limit: held, cursor: nil)
    }

    /// How many items are asked for.
    ///
    /// - Throws: `.usage` for none and fewer, and for more than an answer may have: whoever got
    ///   fewer than were asked for would take them for all.
    static func limit(of fields: [String: JSONValue]) throws(SwerveError) -> Int {
        let limit = fields["limit"]?.int ?? limitUsual
        guard limits.contains(limit) else {
            throw SwerveError(
                .usage, act: act,
                reason: "limit=\(limit) is not in \(limits.lowerBound) … \(limits.upperBound)",
                remedy: "what there is beyond it is told by the pages behind")
        }
        return limit
    }

    /// Numbers by their worth, and names by their bytes.
    private static func isBehind(_ cursor: [String], _ place: [String]) -> Bool {
        for (before, after) in zip(cursor, place) where before != after {
            if let before = Int(before), let after = Int(after) { return before < after }
            return before < after
        }
        return cursor.count < place.count
    }

    /// Of a version of one model.
    static func number(_ reference: JSONValue?) -> [String] { Array(name(reference).suffix(1)) }

    /// Of a version of any model.
    static func name(_ reference: JSONValue?) -> [String] {
        (reference?.string ?? "").split(separator: "@").map { String($0) }
    }

    private static var stranger: SwerveError {
        SwerveError(
            .usage, act: act, reason: "the cursor is none of this list",
            remedy: "give next of the page before, or leave it away")
    }

    private static let act = "reading the page that is asked for"
    private static let limitUsual = 100
    /// So that an answer stays within memory, whatever is asked.
    static let limits = 1...10_000
}
