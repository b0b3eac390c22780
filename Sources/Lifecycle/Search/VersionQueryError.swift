/// The errors of a search: the column, what was expected, and the fields that there are.
struct VersionQueryError {
    private let act: String

    init(_ text: String) { act = "reading the search '\(text.shortened(to: 120))'" }

    func expected(_ what: String, found: String, at column: Int) -> SwerveError {
        wrong("expected \(what), found \(found.shortened(to: 80))", at: column)
    }

    func wrong(_ reason: String, at column: Int) -> SwerveError {
        SwerveError(
            .usage, act: act, reason: "column \(column): \(reason)",
            remedy: "the fields are \(VersionField.known)")
    }

    func tooLarge(_ reason: String) -> SwerveError {
        SwerveError(.usage, act: act, reason: reason, remedy: "search for less at once")
    }
}
