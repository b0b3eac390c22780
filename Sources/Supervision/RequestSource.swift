package import Platform

/// What asks a supervisor for something: signals, or a test's hand.
package protocol RequestSource: Sendable {
    /// Readable while there is a request.
    var descriptor: Int32 { get }
    /// The requests since the last call.
    func takeRequests() -> SupervisorRequests
}

/// What was asked for, and on whose word.
package struct SupervisorRequests: Sendable, Equatable {
    /// Requests to stop: the first one of all stops politely, the second at once.
    package var stops: [String]
    /// Whether the workers are to be restarted one after the other; nil for no, else for people:
    /// `SIGHUP`.
    package var restart: String?
    /// Whether this process and its workers are to log at the next level.
    package var stepsLog: Bool

    package init(stops: [String] = [], restart: String? = nil, stepsLog: Bool = false) {
        self.stops = stops
        self.restart = restart
        self.stepsLog = stepsLog
    }
}

extension SignalWatch: RequestSource {
    package func takeRequests() -> SupervisorRequests {
        var requests = SupervisorRequests()
        while let signal = next() {
            switch signal {
            case .hangUp: requests.restart = "SIGHUP"
            case .interrupt: requests.stops.append("SIGINT")
            case .firstUser: requests.stepsLog = true
            // Only for a worker.
            case .secondUser: break
            case .terminate, .kill: requests.stops.append("SIGTERM")
            }
        }
        return requests
    }
}
