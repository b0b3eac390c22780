package import Platform

/// What asks a supervisor to stop: signals, or a test's hand.
package protocol StopSource: Sendable {
    /// Readable while there is a request.
    var descriptor: Int32 { get }
    /// The requests since the last call. The first one of all stops politely, the second at once.
    func takeRequests() -> StopRequests
}

/// How often, and on whose word.
package struct StopRequests: Sendable, Equatable {
    package let count: Int
    /// For people: `SIGTERM`.
    package let cause: String

    package init(count: Int, cause: String) {
        self.count = count
        self.cause = cause
    }
}

extension SignalWatch: StopSource {
    package func takeRequests() -> StopRequests {
        var causes: [String] = []
        while let signal = next() { causes.append(signal == .interrupt ? "SIGINT" : "SIGTERM") }
        return StopRequests(count: causes.count, cause: causes.joined(separator: " and "))
    }
}

extension EventFD: StopSource {
    package func takeRequests() -> StopRequests {
        StopRequests(count: Int(clamping: drain()), cause: "request")
    }
}
