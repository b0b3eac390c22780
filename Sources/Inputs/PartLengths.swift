internal import Scoring

/// The lengths of the parts of a text that was made of them, in bytes, before it was cut.
struct PartLengths {
    let method: Int
    let path: Int
    let query: Int
    let body: Int

    /// Where they stand in a text of `end` bytes: "METHOD PATH?QUERY", a line feed, the body.
    func ranges(in end: Int) -> RequestParts {
        let pathEnd = method + 1 + path
        let queryEnd = query == 0 ? pathEnd : pathEnd + 1 + query
        return RequestParts(
            method: 0..<min(method, end), path: min(method + 1, end)..<min(pathEnd, end),
            query: min(queryEnd - query, end)..<min(queryEnd, end),
            body: min(queryEnd + 1, end)..<min(queryEnd + 1 + body, end))
    }
}
