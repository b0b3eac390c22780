import Lifecycle
import Testing

@Suite("names of an artifact's files")
struct ArtifactFileNameTests {
    @Test(
        "names that a folder cannot hold, or that would hurt, have a fault",
        arguments: [
            "", ".", "..", "/etc/passwd", "a/b", "../x", "a\u{0}b", "a\nb", "a\u{1B}[2J",
            "a\u{202E}b",
            "manifest.json", "metadata.json", String(repeating: "x", count: 256),
        ])
    func faults(name: String) {
        #expect(ArtifactFileName.fault(name) != nil)
    }

    @Test(
        "ordinary names have none",
        arguments: [
            "model.txt", "golden.jsonl", ".hidden", "...", "-rf", "größe 1.model", "Manifest.json",
            String(repeating: "x", count: 255),
        ])
    func fine(name: String) {
        #expect(ArtifactFileName.fault(name) == nil)
    }
}
