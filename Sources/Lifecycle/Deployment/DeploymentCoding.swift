/// How requests and results carry changes and deployments.
extension DeploymentChange: Codable where Version: Codable {
    /// `{"kind":"canary","version":8,"share":0.05}`; a rollback with a version goes back to it.
    private enum Kind: String, Codable {
        case promote, canary, shadow, complete, abort, rollback, settings
    }

    private enum Key: String, CodingKey {
        case kind, version, share, settings
        case isReset = "reset"
    }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        func version() throws -> Version { try fields.decode(Version.self, forKey: .version) }
        func share() throws -> Share { try fields.decode(Share.self, forKey: .share) }
        switch try fields.decode(Kind.self, forKey: .kind) {
        case .promote: self = .promote(try version())
        case .canary: self = .canary(try version(), try share())
        case .shadow: self = .shadow(try version(), try share())
        case .complete: self = .complete
        case .abort: self = .abort
        case .rollback:
            let version = try fields.decodeIfPresent(Version.self, forKey: .version)
            self = version.map { .rollbackTo($0) } ?? .rollback
        case .settings:
            self = .settings(
                try fields.decode(Int.self, forKey: .version),
                try fields.decode(VersionSettings.self, forKey: .settings),
                isReset: try fields.decodeIfPresent(Bool.self, forKey: .isReset) ?? false)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(kind, forKey: .kind)
        switch self {
        case .promote(let version), .rollbackTo(let version):
            try fields.encode(version, forKey: .version)
        case .canary(let version, let share), .shadow(let version, let share):
            try fields.encode(version, forKey: .version)
            try fields.encode(share, forKey: .share)
        case .complete, .abort, .rollback: break
        case .settings(let number, let settings, let isReset):
            try fields.encode(number, forKey: .version)
            try fields.encode(settings, forKey: .settings)
            try fields.encode(isReset, forKey: .isReset)
        }
    }

    private var kind: Kind {
        switch self {
        case .promote: .promote
        case .canary: .canary
        case .shadow: .shadow
        case .complete: .complete
        case .abort: .abort
        case .rollback, .rollbackTo: .rollback
        case .settings: .settings
        }
    }
}

extension VersionSettings: Codable {
    package init(from decoder: any Decoder) throws {
        try self.init(try JSONValue(from: decoder), act: "reading settings")
    }

    package func encode(to encoder: any Encoder) throws { try json.encode(to: encoder) }
}

extension DeploymentSettings: Codable {
    package init(from decoder: any Decoder) throws {
        try self.init(try JSONValue(from: decoder), act: "reading settings")
    }

    package func encode(to encoder: any Encoder) throws { try json.encode(to: encoder) }
}
