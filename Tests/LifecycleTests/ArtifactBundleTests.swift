import Lifecycle
import Testing

@Suite("Artifact bundles")
struct ArtifactBundleTests {
    @Test("an entry's header says its name and size, and is that of tar")
    func headers() throws {
        for (name, bytes) in [("manifest.json", 0), ("model", 1), ("golden", 512 << 20)] {
            let header = ArtifactBundle.header(name, bytes: bytes)
            #expect(header.count == 512)
            let entry = try #require(ArtifactBundle.entry(header))
            #expect(entry == (name, bytes))
        }
        let header = ArtifactBundle.header("model", bytes: 1)
        #expect(Array(header[257..<265]) == Array("ustar\u{0}00".utf8))
    }

    @Test("a header of which any byte is another one is none")
    func damaged() {
        let header = ArtifactBundle.header("model", bytes: 1_000)
        for place in 0..<header.count where !(148..<156).contains(place) {
            var other = header
            other[place] ^= 1
            #expect(ArtifactBundle.entry(other) == nil, "byte \(place)")
        }
        #expect(ArtifactBundle.entry([UInt8](repeating: 0, count: 512)) == nil)
        #expect(ArtifactBundle.entry([]) == nil)
    }

    @Test("contents are filled up to whole blocks")
    func padding() {
        #expect([0, 1, 511, 512, 513].map(ArtifactBundle.padding) == [0, 511, 1, 0, 511])
    }
}
