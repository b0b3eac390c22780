import Foundation
import Lifecycle
import Platform
import Registry
import TestSupport
import Testing

@testable import Hub

@Suite("changes that a person signs, through the hub", .blocking)
struct SigningAPITests {
    @Test(
        "what is only prepared needs no brokers, also where the fleet would be waited for",
        arguments: ["", #", "announcing": "now""#, #", "waiting": {"timeout_ms": 1000}"#])
    func prepared(more: String) throws {
        let folder = try TemporaryFolder()
        let registry = try Registry.open(
            path: folder.path("swerve.db"), access: .readWrite(create: true))
        try PageScene.register("model", "", in: registry)
        try registry.addKey(
            try ModelName("ada"), publicKey: [UInt8](repeating: 9, count: 32), roles: [.promote],
            note: ChangeNote(by: "ada", at: "2026-11-23T18:52:00.000Z"))
        let running = try Running(in: folder)
        let answer = try running.ask(
            "POST", "/v1/models/http-anomaly/deployment",
            #"{"change": {"kind": "promote", "version": 1}, "#
                + #""signing": {"key": "ada", "valid_ms": 60000}\#(more)}"#)
        #expect(answer.status == 200, "\(answer)")
        #expect(answer.document["prepared"]?["message"] != nil, "\(answer)")
        #expect(try registry.deployments().isEmpty)
    }
}
