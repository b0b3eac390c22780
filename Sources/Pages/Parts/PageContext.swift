import Lifecycle

/// What every page is told beside its own values.
package struct PageContext: Sendable {
    /// Who looks; nil where nobody has signed in and nobody has to.
    package var viewer: Viewer?
    /// The wall clock when the page is written.
    package var nowMs: Int64
    /// The registry's id.
    package var registry: String
    /// For the forms of this session; they send it back in the field `token`.
    package var antiForgery: String
    /// What came of the act that led here.
    package var notice: Notice?
    /// Why this hub only reads; nil where it leads the registry.
    package var readsOnly: String?

    package init(
        viewer: Viewer?, nowMs: Int64, registry: String, antiForgery: String,
        notice: Notice? = nil, readsOnly: String? = nil
    ) {
        self.viewer = viewer
        self.nowMs = nowMs
        self.registry = registry
        self.antiForgery = antiForgery
        self.notice = notice
        self.readsOnly = readsOnly
    }
}

/// Who has signed in.
package struct Viewer: Sendable, Equatable {
    /// As the audit chain names the subject.
    package var name: String
    /// `reader`, `registrar`, `promoter`, `admin`.
    package var role: String

    package init(name: String, role: String) {
        self.name = name
        self.role = role
    }
}

/// One sentence above a page.
package struct Notice: Sendable, Equatable {
    package enum Kind: String, Sendable {
        case done, failed
    }

    package var kind: Kind
    package var words: String

    package init(_ kind: Kind, _ words: String) {
        self.kind = kind
        self.words = words
    }
}

/// A page, or what of it changes while somebody looks.
package protocol Page: Sendable {
    var title: String { get }
    /// Which of the places of the navigation it is in.
    var place: PagePlace? { get }
    /// Where its fragments come from while it is open; nil where nothing of it changes by itself.
    var liveAddress: String? { get }

    /// All that stands between navigation and foot.
    func content(in context: PageContext) -> HTML
    /// The parts of `content` that change, each an element with an id.
    func fragments(in context: PageContext) -> [LiveFragment]
}

extension Page {
    package var liveAddress: String? { nil }

    package func fragments(in context: PageContext) -> [LiveFragment] { [] }

    /// The whole document.
    package func bytes(in context: PageContext) -> [UInt8] {
        PageFrame(page: self, context: context).markup.bytes
    }
}

/// What the navigation leads to.
package enum PagePlace: String, Sendable, CaseIterable {
    case overview, fleet, audit, access

    var title: String {
        switch self {
        case .overview: "Overview"
        case .fleet: "Fleet"
        case .audit: "Audit"
        case .access: "Keys and tokens"
        }
    }

    var address: String {
        switch self {
        case .overview: PageAddress.overview()
        case .fleet: PageAddress.fleet()
        case .audit: PageAddress.audit()
        case .access: PageAddress.access
        }
    }
}
