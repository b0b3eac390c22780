/// What kind of request the generator made: ordinary, or one family of attacks.
package enum TrafficClass: String, Sendable, CaseIterable {
    case normal
    case sqlInjection = "sql-injection"
    case crossSiteScripting = "xss"
    case pathTraversal = "path-traversal"
    case commandInjection = "command-injection"
    case requestForgery = "ssrf"
    case headerInjection = "header-injection"
    case templateInjection = "template-injection"
    case scanner
    case serialized

    /// The class in training files: 1 for attacks, -1 for normal requests.
    package var label: Int { self == .normal ? -1 : 1 }

    /// The families of attacks.
    package static let attacks = allCases.filter { $0 != .normal }

    /// The families of attacks and how many of 100 attacks each makes up.
    var weight: Int {
        switch self {
        case .normal: 0
        case .sqlInjection: 24
        case .crossSiteScripting: 18
        case .pathTraversal: 14
        case .commandInjection: 10
        case .requestForgery: 8
        case .headerInjection: 5
        case .templateInjection: 6
        case .scanner: 10
        case .serialized: 5
        }
    }

    /// What its payloads are made from; empty for normal traffic.
    var payloads: [Template] {
        switch self {
        case .normal: []
        case .sqlInjection: SQLInjection.payloads
        case .crossSiteScripting: CrossSiteScripting.payloads
        case .pathTraversal: PathTraversal.payloads
        case .commandInjection: CommandInjection.payloads
        case .requestForgery: RequestForgery.payloads
        case .headerInjection: HeaderInjection.payloads
        case .templateInjection: TemplateInjection.payloads
        case .scanner: ScannerProbes.payloads
        case .serialized: SerializedPayloads.payloads
        }
    }

    /// The requests that carry a payload of this family; for normal traffic, the requests.
    var shapes: [RequestShape] {
        switch self {
        case .normal: ShopTraffic.shapes
        case .pathTraversal: PathTraversal.shapes
        case .requestForgery: RequestForgery.shapes
        case .headerInjection: HeaderInjection.shapes
        case .scanner: ScannerProbes.shapes
        case .serialized: SerializedPayloads.shapes
        default: Carriers.shapes
        }
    }
}
