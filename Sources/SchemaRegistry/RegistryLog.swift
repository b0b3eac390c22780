/// What is told of a schema registry.
struct RegistryLog: Sendable {
    private let log: SchemaLog
    private var telling = RegistryTelling()

    init(_ log: SchemaLog) { self.log = log }

    /// - Parameters:
    ///   - what: was asked for.
    ///   - place: the url, for people.
    mutating func heard(
        _ reply: RegistryReply, of what: String, url: Int, place: String, at now: UInt64
    ) {
        let trouble: (words: String, isCredentials: Bool)
        switch reply {
        case .credentials(let said): trouble = (said, true)
        case .fault(let said, _): trouble = (said, false)
        default:
            if let seconds = telling.answered(at: url, at: now) {
                log.info("schema registry: \(place) answers again, after \(seconds) s")
            }
            return
        }
        guard let untold = telling.failed(at: url, isCredentials: trouble.isCredentials, at: now)
        else {
            return
        }
        let more = untold > 0 ? " (and \(untold) such errors untold)" : ""
        let line = "schema registry: \(what): \(trouble.words); it is asked again\(more)"
        if trouble.isCredentials { log.error(line) } else { log.warning(line) }
    }
}
