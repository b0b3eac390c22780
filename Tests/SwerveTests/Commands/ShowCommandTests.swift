import Lifecycle
import Testing

@testable import swerve

@Suite("what show says of a version")
struct ShowCommandTests {
    @Test("settings in force are shown where they differ from the artifact's")
    func inForce() {
        let manifest = ArtifactManifest(
            format: "libsvm", files: [], labels: ["attack": "1"], threshold: 0.5,
            goldenSource: .own)
        func shown(_ settings: VersionSettings) -> JSONValue? {
            VersionDocument.inForce(settings, over: manifest)
        }
        #expect(shown(VersionSettings()) == nil)
        let same = VersionSettings(threshold: 0.5, labels: ["attack": "1"], labelRule: .votes)
        #expect(shown(same) == nil)
        let other = VersionSettings(
            threshold: 0.25, labels: ["bad": "1"], labelRule: .probability)
        let words: JSONValue = [
            "threshold": .double(0.25), "label_rule": "probability", "labels": ["bad": "1"],
        ]
        #expect(shown(other) == words)
    }
}
