/// `NAME@V`: one version of a model, as people type it.
package struct VersionReference: Sendable, Hashable, CustomStringConvertible {
    package let model: ModelName
    /// 1, 2, 3 …, given by the registry and never reused.
    package let version: Int

    package init(model: ModelName, version: Int) {
        self.model = model
        self.version = version
    }

    package init(_ text: String) throws(SwerveError) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let version = Int(parts[1]), version > 0,
            parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else {
            let isZero =
                parts.count == 2 && !parts[1].isEmpty && parts[1].utf8.allSatisfy { $0 == 0x30 }
            throw SwerveError(
                .usage, act: "reading version '\(text.shortened(to: 80))'",
                reason: isZero ? "versions begin at 1" : "not NAME@V",
                remedy: "write the model and the number, as http-anomaly@3")
        }
        self.init(model: try ModelName(String(parts[0])), version: version)
    }

    package var description: String { "\(model)@\(version)" }
}
