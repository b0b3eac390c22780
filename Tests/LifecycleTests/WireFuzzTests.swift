import Foundation
import Lifecycle
import TestSupport
import Testing

/// Damaged wire forms: each is read, or refused with a line that a terminal can show.
@Suite("Wire forms under damage")
struct WireFuzzTests {
    static let mutations = 20_000

    /// Feeds damaged copies of `seeds` to `read` and holds every refusal to its form.
    ///
    /// - Returns: how many were read and how many refused.
    private func fuzz(
        _ seeds: [[UInt8]], pieces: [String], seed: UInt64, _ read: ([UInt8]) throws -> Void
    ) throws -> (read: Int, refused: Int) {
        var mutator = ByteMutator(seed: seed, pieces: pieces)
        var counts = (read: 0, refused: 0)
        for number in 0..<Self.mutations {
            let bytes = mutator.mutated(seeds[number % seeds.count])
            do {
                try read(bytes)
                counts.read += 1
            } catch let error as SwerveError {
                counts.refused += 1
                let line = error.description
                guard line.printable == line, line.utf8.count < 2_000, !error.reason.isEmpty else {
                    throw error
                }
            }
        }
        return counts
    }

    @Test("20,000 damaged control records")
    func controlRecords() throws {
        let key = Array("http-anomaly".utf8)
        let record = ControlRecord(
            registry: "6b1f2f0e-0c52-4a0e-9a55-7f2f7b9d0f11",
            deployment: try Examples.deployment(
                epoch: 12, stable: 7, candidate: Examples.canary(8, 500), previous: 6),
            issuedAt: "2026-11-23T18:52:00.000Z", issuedBy: "ada", reason: "better",
            auditHead: Examples.version(3).digest, expiresAtMs: 1_795_000_000_000)
        let counts = try fuzz(
            [record.bytes],
            pieces: [
                "9007199254740991", "-1", "1e400", "null", "{}", "[[[[", "\"\"", "\\ud800", "\0",
                "\"settings\":{\"versions\":{\"1\":{}}}", "0.00001", "18446744073709551616",
            ], seed: 1
        ) { bytes in
            let read = try ControlRecord(key: key, value: bytes)
            // What is read must mean the same after it is written again.
            let again = try ControlRecord(key: key, value: read.bytes)
            #expect(again.deployment == read.deployment)
            #expect(again.expiresAtMs == read.expiresAtMs)
        }
        #expect(counts.read + counts.refused == Self.mutations)
        #expect(counts.read > 100 && counts.refused > 1_000, "\(counts)")
    }

    @Test("20,000 damaged trust files")
    func trustFiles() throws {
        let lines = (1...3).map { number in
            let key = Data(repeating: UInt8(number), count: 32).base64EncodedString()
            return "k\(number) register,promote ed25519:\(key)"
        }
        let text = "# keys\n\(lines.joined(separator: "\n")) revoked:2026-11-23T10:00:00.000Z\n"
        let counts = try fuzz(
            [Array(text.utf8)],
            pieces: ["\n", " ", "#", ",", "ed25519:", "revoked:", "promote", "\r\n", "\0", "=="],
            seed: 2
        ) { bytes in
            let file = try TrustFile(parsing: bytes) { $0.count == 32 }
            #expect(!file.keys.isEmpty)
            #expect(Set(file.keys.map(\.name)).count == file.keys.count)
            #expect(file.keys.allSatisfy { $0.publicKey.count == 32 && !$0.roles.isEmpty })
        }
        #expect(counts.read + counts.refused == Self.mutations)
        #expect(counts.read > 100 && counts.refused > 1_000, "\(counts)")
    }

    @Test("20,000 damaged signatures")
    func signatures() throws {
        let whole = RecordSignature(keyName: "ops", bytes: (0..<64).map { UInt8($0) })
        let counts = try fuzz(
            [Array(whole.description.utf8)],
            pieces: [" ", "ed25519", "=", "==", "/", "ops", "\u{200F}", "\0"], seed: 3
        ) { bytes in
            let read = try RecordSignature(String(decoding: bytes, as: UTF8.self))
            #expect(read.bytes.count == RecordSignature.byteCount)
            #expect(try RecordSignature(read.description) == read)
        }
        #expect(counts.read + counts.refused == Self.mutations)
        #expect(counts.refused > 1_000, "\(counts)")
    }
}
