package import Fleet
package import Lifecycle
import Platform
package import Registry

/// The backend of one machine: a registry file, and the brokers that announce and report.
package struct FileBackend: Backend {
    /// Signs for the control topic of that name; nil where nothing is to be signed.
    package typealias Signing = (_ topic: String) throws(SwerveError) -> DeploymentSigning?
    /// The brokers of the configuration, read when they are needed.
    package typealias BrokerSource = () throws(SwerveError) -> any Brokers

    private let door: any RegistryDoor
    private let isRegistryNamed: Bool
    let brokers: BrokerSource
    let signing: Signing
    let caller: Caller
    private let fleet: (any FleetSight)?
    let meanings: KnownMeanings

    /// - Parameters:
    ///   - path: the registry's file.
    ///   - isRegistryNamed: whether somebody named it, and would miss it where it is not there.
    package init(
        registry path: String, isRegistryNamed: Bool = true, brokers: @escaping BrokerSource,
        signing: @escaping Signing = { _ in nil }, for caller: Caller
    ) {
        self.init(
            through: FileDoor(path), isRegistryNamed: isRegistryNamed, brokers: brokers,
            signing: signing, for: caller)
    }

    /// - Parameters:
    ///   - door: the way to the registry's file, for who keeps it open or writes it by another
    ///     right.
    ///   - fleet: who follows the status topic already; nil reads it anew with each request.
    ///   - meanings: what is known of versions, for who keeps that from request to request.
    package init(
        through door: any RegistryDoor, isRegistryNamed: Bool = true,
        brokers: @escaping BrokerSource, signing: @escaping Signing = { _ in nil },
        following fleet: (any FleetSight)? = nil, remembering meanings: KnownMeanings = .init(),
        for caller: Caller
    ) {
        self.door = door
        self.isRegistryNamed = isRegistryNamed
        self.brokers = brokers
        self.signing = signing
        self.fleet = fleet
        self.meanings = meanings
        self.caller = caller
    }

    // MARK: - Deployments

    package func change(_ request: ChangeRequest) throws(SwerveError) -> ChangeResult {
        try deploy(request.model, request.terms) { registry throws(SwerveError) in
            try request.change.map { choice throws(SwerveError) in
                try number(choice, of: request.model, in: registry)
            }
        }
    }

    package func changeSettings(
        _ request: SettingsChangeRequest
    ) throws(SwerveError) -> ChangeResult {
        try deploy(request.model, request.terms) { registry throws(SwerveError) in
            try deployedVersion(request.version, of: request.model, in: registry)
                .change(request, in: registry)
        }
    }

    package func settings(_ request: SettingsRequest) throws(SwerveError) -> SettingsResult {
        let registry = try readable()
        return try deployedVersion(request.version, of: request.model, in: registry)
            .settings(in: registry)
    }

    private func deploy(
        _ model: ModelName, _ terms: ChangeTerms,
        _ change: (Registry) throws(SwerveError) -> DeploymentChange<Int>
    ) throws(SwerveError) -> ChangeResult {
        let brokers = try brokers()
        if terms.announcing == .now { try brokers.requireNamed() }
        let signing = try signing(brokers.controlTopicName)
        let registry = try opened()
        let order = ChangeOrder(
            .change(try change(registry)), of: model, expectedEpoch: terms.expectedEpoch,
            isForced: terms.isForced, note: note(terms.reason),
            freshSalt: caller.moment?.salt ?? .random(in: .min ... .max),
            signing: terms.trial == nil ? signing : nil)
        let deployer = Deployer(
            registry: registry, brokers: brokers, following: fleet, isStopped: caller.isStopped,
            hear: caller.hear)
        guard let trial = terms.trial else {
            return try deployer.carryOut(
                order, announcing: terms.announcing, waiting: terms.waiting)
        }
        let key = try (trial.key ?? signing?.signer.keyName).map { name throws(SwerveError) in
            try ModelName(name)
        }
        return try deployer.tryOut(order, signedBy: key, announcing: terms.announcing)
    }

    /// - Parameter choice: nil for the stable version.
    private func deployedVersion(
        _ choice: VersionSelector.Choice?, of model: ModelName, in registry: Registry
    ) throws(SwerveError) -> VersionInUse {
        try VersionInUse(
            of: model,
            version: try choice.map { choice throws(SwerveError) in
                try number(choice, of: model, in: registry)
            }, in: registry)
    }

    func number(
        _ choice: VersionSelector.Choice, of model: ModelName, in registry: Registry
    ) throws(SwerveError) -> Int {
        switch choice {
        case .number(let number): number
        case .alias: try registry.resolve(VersionSelector(model: model, choice: choice)).version
        }
    }

    // MARK: - Announcements

    package func republish(_ request: RepublishRequest) throws(SwerveError) -> RepublishResult {
        let what = request.model?.description ?? "all models"
        let (deployer, relay, signing) = try announcer(before: "announcing \(what) again")
        let publications =
            if let signing {
                try relay.republish(request.model, note: note(request.reason), signing: signing)
            } else {
                try relay.republish(request.model)
            }
        var result = RepublishResult(publications, of: try deployer.registry.deployments())
        let fleet = deployer.heardFleet(timeoutMs: Deployer.glanceMs)
        defer { fleet?.close() }
        for (index, entry) in result.entries.enumerated() where entry.fault == nil {
            result.entries[index].warning = deployer.slotAhead(of: entry.model, in: fleet)
        }
        return result
    }

    package func adopt(_ request: AdoptRequest) throws(SwerveError) -> AdoptResult {
        let model = request.model
        let (deployer, relay, signing) = try announcer(before: "adopting \(model)")
        let fleet = deployer.settledFleet(of: model)
        defer { fleet?.close() }
        let told = try deployer.epochAhead(of: model, in: fleet)
        let adopted = try relay.adopt(
            model, note: note(request.reason), signing: signing, isForced: request.isForced,
            above: [request.above, told].compactMap(\.self).max())
        let isHeard = fleet != nil
        let warning = isHeard ? deployer.slotAhead(of: model, in: fleet) : .slotsUnheard
        return AdoptResult(adopted, warnings: [warning].compactMap(\.self))
    }

    private func announcer(
        before act: String
    ) throws(SwerveError) -> (Deployer, OutboxRelay, DeploymentSigning?) {
        let brokers = try brokers()
        try brokers.requireNamed()
        let signing = try signing(brokers.controlTopicName)
        let registry = try opened()
        let deployer = Deployer(
            registry: registry, brokers: brokers, isStopped: caller.isStopped, hear: caller.hear)
        let relay = try deployer.relay(trust: try brokers.trust(isNeeded: true), before: act)
        return (deployer, relay, signing)
    }

    // MARK: - The fleet

    package func status(
        _ request: StatusRequest, isStopped: () throws(SwerveError) -> Bool,
        show: (FleetStatus) -> Void
    ) throws(SwerveError) {
        let (brokers, door) = (try brokers(), door)
        try brokers.requireNamed()
        var request = request
        if request.groups.isEmpty {
            request.groups = try brokers.expectedGroups()
            request.areAlone = false
        }
        if let fleet {
            let stranger = try stranger(request.model)
            var unheard: SwerveError?
            try fleet.status(
                request, registered: { wanted(request.model) }, isStopped: isStopped
            ) { status in
                unheard = status.isHeard ? nil : stranger
                if unheard == nil { show(status) }
            }
            if let unheard { throw unheard }
            return
        }
        let trust = try brokers.trust(isNeeded: false)
        let listener = FleetListener(feed: try brokers.statusFeed(), expecting: request.groups)
        defer { listener.close() }
        let reader = StatusReader(
            request, listener: listener, control: brokers.controlTopicToGlanceAt(), trust: trust,
            isRegistryExpected: isRegistryNamed, wording: caller.wording, known: lastSaid
        ) { model throws(SwerveError) in
            try Self.wanted(model, in: try door.readable())
        }
        try reader.run(readingMs: brokers.readingMs, isStopped: isStopped, show: show)
    }

    /// Why a model is none of the registry at hand; nil for one that is.
    private func stranger(_ model: ModelName?) throws(SwerveError) -> SwerveError? {
        guard let model else { return nil }
        do throws(SwerveError) {
            _ = try readable().deployment(of: model)
            return nil
        } catch {
            guard error.problem?.kind == .modelNotFound else { throw error }
            return error
        }
    }

    private static func wanted(
        _ model: ModelName?, in registry: Registry
    ) throws(SwerveError) -> [RegisteredDeployment] {
        let deployments =
            if let model {
                [try registry.deployment(of: model)].compactMap(\.self)
            } else {
                try registry.deployments()
            }
        return deployments.map { RegisteredDeployment(deployment: $0, registry: registry.id) }
    }

    /// The same for who follows the fleet: what cannot be read is a note.
    private func wanted(
        _ model: ModelName?
    ) -> (deployments: [RegisteredDeployment], notes: [String]) {
        do throws(SwerveError) {
            return (try Self.wanted(model, in: try readable()), [])
        } catch {
            let isUnknown = error.problem?.kind == .modelNotFound
            let words =
                isUnknown
                ? "the registry at hand: \(error.reason)"
                : "the registry is passed over: \(caller.wording(error))"
            return ([], [words])
        }
    }

    // MARK: - The registry

    /// The newest that the registry at hand has announced, or is to announce, of a model by its
    /// name; nil where there is none, or it cannot be read: what a plan ended is known to it alone.
    package func lastSaid(of name: String) -> ControlRecord? {
        (try? readable())?.lastSaid(of: name)
    }

    /// - Parameter author: whose key signed; nil for who asks.
    func note(_ reason: String = "", by author: String? = nil) -> ChangeNote {
        ChangeNote(
            by: author ?? caller.author,
            at: Timestamp.text(ofMs: caller.moment?.atMs ?? WallClock.nowMs), reason: reason)
    }

    /// For changes.
    ///
    /// - Parameter create: whether a registry that is not there is made.
    func opened(create: Bool = false) throws(SwerveError) -> Registry {
        try door.writable(create: create)
    }

    /// For looking.
    func readable() throws(SwerveError) -> Registry { try door.readable() }
}
