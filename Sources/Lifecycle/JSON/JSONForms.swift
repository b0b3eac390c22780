/// Forms of the types that read themselves from one of their own.

extension Share: JSONSampled {
    package static var jsonSchema: JSONValue {
        ["type": "number", "exclusiveMinimum": 0, "maximum": 1]
    }
    package static var jsonSample: Share? { try? Share(fraction: 1) }
}

extension VersionSelector.Choice: JSONSampled {
    package static var jsonSchema: JSONValue { ["type": ["integer", "string"]] }
    package static var jsonSample: VersionSelector.Choice? { .number(1) }
}

extension VersionSettings: JSONSampled {
    package static var jsonSchema: JSONValue { ["type": "object"] }
    package static var jsonSample: VersionSettings? { VersionSettings() }
}

extension DeploymentSettings: JSONSampled {
    package static var jsonSchema: JSONValue { ["type": "object"] }
    package static var jsonSample: DeploymentSettings? { DeploymentSettings() }
}
