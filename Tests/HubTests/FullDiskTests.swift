import Foundation
import Lifecycle
import Platform
import TestSupport
import Testing

@testable import Hub

/// A hub whose volume has no room left.
@Suite(
    "a full disk under the hub", .blocking,
    .enabled(if: SmallVolume.isPossible, "this machine lets the tests mount no volume"))
struct FullDiskTests {
    private static let type = "Content-Type: multipart/form-data; boundary=B"

    /// - Parameter padding: of a part that takes room.
    private static func upload(_ padding: Int) -> String {
        func part(_ name: String, _ file: String, _ content: String) -> String {
            "--B\r\nContent-Disposition: form-data; name=\"\(name)\"; filename=\"\(file)\"\r\n\r\n"
                + content + "\r\n"
        }
        let weights = (0..<64).map { "\(Double($0) / 32 - 1)" }.joined(separator: "\n")
        let model =
            "solver_type L2R_L2LOSS_SVC_DUAL\nnr_class 2\nlabel 1 -1\nnr_feature 64\nbias -1\nw\n"
            + weights + "\n"
        let spec = """
            {"steps": [{"hashed_ngrams": {"analyzer": "byte", "ngram_range": [1, 3], \
            "n_features": 64, "alternate_sign": true, "lowercase": false, "norm": "l2"}}]}
            """
        let golden =
            padding == 0
            ? "" : part("golden", "g.jsonl", String(repeating: " ", count: padding))
        return part("model", "m.model", model) + part("featurizer", "f.json", spec) + golden
            + "--B--\r\n"
    }

    @Test("an upload is refused with its code and leaves nothing, and the hub goes on")
    func upload() throws {
        let volume = try SmallVolume(kilobytes: 4_096)
        // So long that it leads also while its lease cannot be renewed.
        let running = try Running(in: volume.folder, leaseMs: 600_000)
        let path = "/v1/models/m/versions"
        let refused = try running.ask("POST", path, Self.upload(6 << 20), fields: [Self.type])
        #expect(refused.status == 507 && refused.document["code"] == "disk-full", "\(refused)")
        #expect(running.places() == [])
        #expect(try running.ask("GET", "/v1/models").document["models"]?.array == [])
        #expect(try running.ask("GET", "/v1/registry").status == 200)

        // Then no room is left for the registry itself.
        try volume.folder.write("ballast", "")
        try volume.fill(running.folder.path("ballast"))
        for number in 1...200 {
            // What SQLite has room for already is written.
            let answer = try running.ask("POST", "/v1/keys", Self.key(number))
            guard answer.status != 200 else { continue }
            #expect(answer.status == 507 && answer.document["code"] == "disk-full", "\(answer)")
            break
        }
        let again = try running.ask("POST", path, Self.upload(0), fields: [Self.type])
        #expect(again.status == 507 && again.document["code"] == "disk-full", "\(again)")
        #expect(try running.ask("GET", "/v1/models").document["models"]?.array == [])

        let full = try TestSocket.get("/readyz", port: running.port)
        #expect(full.status == 503 && full.body.contains("disk is full"), "\(full)")

        try volume.resize(kilobytes: 32_768)
        let made = try running.ask("POST", path, Self.upload(0), fields: [Self.type])
        #expect(made.status == 200, "\(made)")
        #expect(try TestSocket.get("/readyz", port: running.port).status == 200)
        #expect(
            try running.ask("GET", "/v1/models/m").document["versions"]?.array?.count == 1)
        #expect(try running.ask("GET", "/v1/audit/verification").status == 200)
        withExtendedLifetime(volume) {}
    }

    private static func key(_ number: Int) -> String {
        let bytes = Data([UInt8](repeating: 9, count: 31) + [UInt8(number)])
        return #"{"name": "k\#(number)", "public_key": "\#(bytes.base64EncodedString())", "#
            + #""roles": ["promote"]}"#
    }
}
