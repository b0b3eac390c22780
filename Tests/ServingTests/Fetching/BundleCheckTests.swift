import Lifecycle
import Platform
import TestSupport
import Testing

@testable import Serving

@Suite("Bundle check")
struct BundleCheckTests {
    private let sample = SampleBundle(modelBytes: 3_000)

    private func refusal(_ bytes: [UInt8]) -> SwerveError? {
        var check = BundleCheck(sample.digest, act: "checking")
        do throws(SwerveError) {
            try check.take(bytes)
            return check.shortness
        } catch {
            return error
        }
    }

    @Test(
        "in pieces of any size, each file is where it is said to be", arguments: [1, 7, 512, 9_999])
    func pieces(size: Int) throws {
        var check = BundleCheck(sample.digest, act: "checking")
        var rest = sample.bytes[...]
        while !rest.isEmpty {
            try check.take(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        #expect(check.isComplete && check.shortness == nil)
        #expect(check.taken == Int64(sample.bytes.count))
        #expect(check.manifestBytes == sample.artifact.manifestBytes)
        for section in check.sections {
            let start = Int(section.start)
            #expect(
                Array(sample.bytes[start..<start + section.bytes])
                    == sample.artifact.files[section.name])
        }
        #expect(check.sections.count == 2)
    }

    @Test("one that ends at any byte before the last file is too short, and no other fault")
    func short() throws {
        let whole = sample.bytes.count - ArtifactBundle.end.count - ArtifactBundle.padding(3_000)
        for count in stride(from: 0, to: whole, by: 13) {
            let error = try #require(refusal(Array(sample.bytes.prefix(count))))
            #expect(error.code == .invalid && error.reason.contains("ends at byte \(count)"))
        }
        #expect(refusal(Array(sample.bytes.prefix(whole))) == nil)
    }

    @Test("no byte of manifest and files can be another one")
    func damaged() {
        for place in stride(from: 0, to: sample.bytes.count, by: 11) {
            var bytes = sample.bytes
            bytes[place] ^= 1
            // In the checksum of a header one bit may be a digit's or a blank's that means nothing;
            // signatures are held against their keys by whoever trusts.
            guard let error = refusal(bytes) else {
                let block = bytes[(place / 512) * 512..<(place / 512 + 1) * 512]
                let manifest = sample.artifact.manifestBytes.count
                let list = 1_024 + manifest + ArtifactBundle.padding(manifest)
                let isSignatures = (list..<list + 2).contains(place)
                let isSum = block.dropFirst(257).starts(with: "ustar".utf8)
                #expect(isSignatures || isSum, "byte \(place)")
                continue
            }
            #expect(error.code == .invalid || error.code == .tooLarge)
        }
    }

    @Test("what claims other sizes, names or more is refused before its content")
    func lies() {
        let manifest = sample.artifact.manifestBytes
        func bundle(_ entries: [(name: String, bytes: [UInt8])]) -> [UInt8] {
            SampleBundle.bundle([("manifest.json", manifest)] + entries)
        }
        let none = Array("[]".utf8)
        #expect(refusal(bundle([("model", none)]))?.reason.contains("signatures.json") == true)
        #expect(
            refusal(bundle([("signatures.json", none), ("model", none)]))?.reason.contains("golden")
                == true)
        #expect(
            refusal(bundle([("signatures.json", none), ("golden", none)]))?.reason
                .contains("the manifest says 6") == true)
        #expect(refusal(sample.bytes + [1])?.code == nil)
        #expect(refusal(sample.bytes + [UInt8](repeating: 1, count: 512))?.code == .invalid)
        let huge = ArtifactBundle.header("manifest.json", bytes: 512 << 20)
        #expect(refusal(huge)?.code == .tooLarge)
        #expect(refusal(Array("<html>".utf8) + huge)?.reason.contains("begin") == true)
        #expect(
            refusal([UInt8](repeating: 0, count: 2_048))?.reason.contains("begin") == true)
    }

    @Test("another artifact is refused as soon as its manifest is there")
    func another() {
        let other = SampleBundle(modelBytes: 3_000, seed: 1)
        let error = refusal(Array(other.bytes.prefix(512 + other.artifact.manifestBytes.count)))
        #expect(error?.reason.contains(sample.digest.short) == true)
    }
}
