import Lifecycle
import Testing

@Suite("settings of a deployment")
struct DeploymentSettingsTests {
    private func applied(
        _ change: DeploymentChange<DeployedVersion>, to before: Deployment
    ) throws -> Deployment {
        try change.applied(to: before, model: Examples.model(), freshSalt: 1)
    }

    @Test("a change keeps what it does not name, a reset forgets it")
    func overlay() throws {
        let live = try Examples.deployment(stable: 2)
        let first = try applied(
            .settings(2, VersionSettings(threshold: 0.5), isReset: false), to: live)
        #expect(first.epoch == live.epoch + 1)
        #expect(first.settings[2] == VersionSettings(threshold: 0.5))
        let second = try applied(
            .settings(2, VersionSettings(labels: ["bad": "1"]), isReset: false), to: first)
        #expect(second.settings[2] == VersionSettings(threshold: 0.5, labels: ["bad": "1"]))
        let third = try applied(
            .settings(2, VersionSettings(threshold: -1), isReset: true), to: second)
        #expect(third.settings[2] == VersionSettings(threshold: -1))
        let reset = try applied(.settings(2, VersionSettings(), isReset: true), to: third)
        #expect(reset.settings == DeploymentSettings())
    }

    @Test("a promotion leaves them with their version, a rollback brings them back")
    func followTheVersion() throws {
        var live = try Examples.deployment(stable: 2)
        live = try applied(.settings(2, VersionSettings(threshold: 0.5), isReset: false), to: live)
        live = try applied(.promote(Examples.version(3)), to: live)
        #expect(live.settings[3].isEmpty)
        #expect(live.settings[2].threshold == 0.5)
        let back = try applied(.rollback, to: live)
        #expect(back.stable == Examples.version(2))
        #expect(back.settings[2].threshold == 0.5)
        let further = try applied(.promote(Examples.version(4)), to: live)
        #expect(further.settings == DeploymentSettings(), "version 2 is no longer in it")
    }

    @Test("they survive the wire, unknown fields too")
    func roundTrip() throws {
        let json: JSONValue = [
            "versions": ["8": ["threshold": 0.25, "labels": ["attack": "1"], "later": [1, 2]]],
            "more": true,
        ]
        let read = try DeploymentSettings(json, act: "test")
        #expect(read[8].threshold == 0.25)
        #expect(read[8].labels == ["attack": "1"])
        #expect(read.json == json)
        #expect(try DeploymentSettings(nil, act: "test") == DeploymentSettings())
    }

    @Test("which labels are alerts is of the deployment, stays over promotions, and has no order")
    func alerts() throws {
        var live = try Examples.deployment(stable: 2)
        #expect(live.settings.alerts == ["attack"])
        #expect(!live.versionsSummary.contains("alerts"))
        live = try applied(.alerts(["probe", "attack", "probe"]), to: live)
        #expect(live.settings.alerts == ["attack", "probe"])
        #expect(live.settings.json == ["alerts": ["attack", "probe"]])
        #expect(live.versionsSummary.hasSuffix("alerts attack and probe"))
        live = try applied(.promote(Examples.version(3)), to: live)
        #expect(live.settings.alerts == ["attack", "probe"])
        #expect(live.settings == (try DeploymentSettings(live.settings.json, act: "test")))
        let again = DeploymentChange<DeployedVersion>.alerts(["probe", "attack"])
        #expect(again.alreadySo(in: live, after: nil, isPending: false) == "they are so already")
        for refused in [["attack", "probe"], [], [""]] {
            #expect(throws: SwerveError.self) { try applied(.alerts(refused), to: live) }
        }
        // The usual ones are told by saying nothing.
        live = try applied(.alerts(["attack"]), to: live)
        #expect(live.settings == DeploymentSettings())
    }

    @Test("they are part of a comparison's identity, as a worker's line-up has it")
    func identity() throws {
        let live = try Examples.deployment(stable: 2, candidate: Examples.canary(3, 500))
        let text = try #require(VersionComparison.identity(of: live))
        #expect(text.split(separator: "\n").dropFirst(2).dropLast() == ["\(live.salt)", "attack"])
        let other = try applied(.alerts(["probe", "attack"]), to: live)
        #expect(VersionComparison.identity(of: other)?.contains("\nattack,probe\n") == true)
        let wider = try applied(
            .shadow(Examples.version(3), try Share(tenThousandths: 900)), to: live)
        #expect(VersionComparison.identity(of: wider) == text)
        #expect(VersionComparison.identity(of: try Examples.deployment(stable: 2)) == nil)
    }

    @Test(
        "malformed settings are refused",
        arguments: [
            #"[]"#, #"{"versions":[]}"#, #"{"versions":{"x":{}}}"#, #"{"versions":{"0":{}}}"#,
            #"{"versions":{"1":3}}"#, #"{"versions":{"1":{"threshold":"high"}}}"#,
            #"{"versions":{"1":{"labels":["a"]}}}"#, #"{"versions":{"1":{"labels":{"a":1}}}}"#,
            #"{"alerts":[]}"#, #"{"alerts":"attack"}"#, #"{"alerts":["a",1]}"#, #"{"alerts":{}}"#,
        ])
    func refuses(text: String) throws {
        let json = try JSONValue(parsing: text.utf8, act: "test")
        #expect {
            try DeploymentSettings(json, act: "test")
        } throws: { ($0 as? SwerveError)?.code == .invalid }
    }
}
