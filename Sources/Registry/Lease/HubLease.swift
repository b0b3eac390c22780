import Platform

/// A moment since the machine's start, which no setting of the clock moves.
package struct BootMoment: Sendable, Equatable {
    /// Which start.
    package let boot: String
    package let ms: Int64

    package init(boot: String, ms: Int64) {
        self.boot = boot
        self.ms = ms
    }

    package static var now: BootMoment { BootMoment(boot: BootClock.boot, ms: BootClock.nowMs) }

    /// Whether both may be of one start of the machine.
    ///
    /// A process in a sandbox may not be able to tell: it is no reason to take another's lease.
    func mayShareStart(with other: BootMoment) -> Bool {
        boot == other.boot || boot.isEmpty || other.boot.isEmpty
    }
}

/// Who leads a registry: the one process that changes it, and until when.
///
/// The processes are of one machine: a registry's file lies on no network. A lease holds for a span
/// from its last renewal, by a clock that all of them share.
package struct HubLease: Sendable, Equatable {
    /// One more with each taking.
    package let term: Int64
    /// Of the process that has it.
    package let incarnation: String
    /// For people: which process, and where it answers.
    package let holder: String
    package let address: String
    /// Wall clock, ISO 8601 UTC.
    package let takenAt: String
    package let renewed: BootMoment
    package let spanMs: Int64
    /// Whether its holder gave it up.
    package let isReleased: Bool

    package init(
        term: Int64, incarnation: String, holder: String, address: String, takenAt: String,
        renewed: BootMoment, spanMs: Int64, isReleased: Bool
    ) {
        self.term = term
        self.incarnation = incarnation
        self.holder = holder
        self.address = address
        self.takenAt = takenAt
        self.renewed = renewed
        self.spanMs = spanMs
        self.isReleased = isReleased
    }

    /// Whether its holder may still change the registry, and nobody else.
    ///
    /// One of another start of the machine is over: so is its process. A time to come was written
    /// by nobody's clock.
    package func isLive(at now: BootMoment) -> Bool {
        !isReleased && renewed.mayShareStart(with: now) && renewed.ms <= now.ms
            && now.ms - renewed.ms < spanMs
    }
}

/// A process that wants to lead.
package struct LeaseClaim: Sendable, Equatable {
    package let incarnation: String
    package let holder: String
    package let address: String
    package let spanMs: Int64

    package init(incarnation: String, holder: String, address: String, spanMs: Int64) {
        self.incarnation = incarnation
        self.holder = holder
        self.address = address
        self.spanMs = spanMs
    }

    /// The term under which it may lead; nil where another process does.
    ///
    /// - Parameter isAlone: whether it holds the lock that a leader holds while it lives: a holder
    ///   without it that has missed its renewals is no process any more, and not to be waited for.
    func term(over lease: HubLease?, at now: BootMoment, isAlone: Bool) -> Int64? {
        guard let lease else { return 1 }
        let isQuiet = now.ms - lease.renewed.ms >= lease.spanMs * Self.quietPercent / 100
        let isFree =
            !lease.isLive(at: now) || (isAlone && isQuiet) || lease.incarnation == incarnation
        return isFree ? lease.term + 1 : nil
    }

    /// Renewals come at a fifth of the span.
    private static let quietPercent: Int64 = 30
}
