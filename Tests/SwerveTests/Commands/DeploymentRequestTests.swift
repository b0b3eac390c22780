import ArgumentParser
import Lifecycle
import Operations
import Testing

@testable import swerve

/// What the flags of a command mean to a backend.
@Suite("flags of deployments")
struct DeploymentRequestTests {
    private let champion: VersionSelector.Choice
    private let model: ModelName

    init() throws {
        champion = .alias(try AliasName("champion"))
        model = try ModelName("m")
    }

    @Test("promote: outright, as a canary, as a shadow of a share or of all")
    func promote() throws {
        let rows: [([String], DeploymentChange<VersionSelector.Choice>)] = [
            (["m@3"], .promote(.number(3))),
            (["m@champion"], .promote(champion)),
            (["m@3", "--canary", "5%"], .canary(.number(3), try Share("5%"))),
            (["m@3", "--shadow"], .shadow(.number(3), try Share("100%"))),
            (["m@3", "--shadow", "0.2"], .shadow(.number(3), try Share("20%"))),
        ]
        for (arguments, change) in rows {
            let request = try PromoteCommand.parse(arguments).request()
            #expect(request == ChangeRequest(model: model, change: change, terms: ChangeTerms()))
        }
    }

    @Test("complete, abort and rollback")
    func others() throws {
        let terms = ChangeTerms()
        #expect(
            try CompleteCommand.parse(["m"]).request()
                == ChangeRequest(model: model, change: .complete, terms: terms))
        #expect(
            try AbortCommand.parse(["m"]).request()
                == ChangeRequest(model: model, change: .abort, terms: terms))
        #expect(
            try RollbackCommand.parse(["m"]).request()
                == ChangeRequest(model: model, change: .rollback, terms: terms))
        #expect(
            try RollbackCommand.parse(["m", "--to", "champion"]).request()
                == ChangeRequest(model: model, change: .rollbackTo(champion), terms: terms))
    }

    @Test("every flag of the terms has its place")
    func terms() throws {
        let request = try PromoteCommand.parse([
            "m@1", "--force", "--expect-epoch", "4", "--reason", "why", "--wait", "--timeout",
            "1.5", "--group", "g",
        ]).request()
        var terms = ChangeTerms()
        terms.isForced = true
        terms.expectedEpoch = 4
        terms.reason = "why"
        terms.waiting = ChangeTerms.Waiting(timeoutMs: 1_500, groups: ["g"])
        #expect(request.terms == terms)
        let offline = try AbortCommand.parse(["m", "--offline"]).request()
        #expect(offline.terms.announcing == .later && offline.terms.waiting == nil)
    }

    @Test("what excludes each other, or is out of bounds, is usage")
    func refused() throws {
        for arguments in [
            ["m@1", "--canary", "5%", "--shadow"], ["m@1", "--offline", "--wait"],
            ["m@1", "--timeout", "0"], ["m@1", "--timeout", "86401"], ["m"], ["m@No"],
            ["m@1", "--canary", "1"],
        ] {
            let error = try #require(throws: SwerveError.self) {
                try PromoteCommand.parse(arguments).request()
            }
            #expect(error.code == .usage, "\(arguments): \(error)")
        }
    }

    @Test("settings: what is named goes on top, nothing named only asks")
    func settings() throws {
        #expect(try SettingsCommand.parse(["m"]).changeRequest() == nil)
        #expect(
            try SettingsCommand.parse(["m@champion"]).request()
                == SettingsRequest(model: model, version: champion))
        let change = try SettingsCommand.parse([
            "m", "--threshold", "0.5", "--label", "attack=1", "--reset",
        ]).changeRequest()
        #expect(
            change
                == SettingsChangeRequest(
                    model: model, version: nil,
                    settings: VersionSettings(threshold: 0.5, labels: ["attack": "1"]),
                    isReset: true, terms: ChangeTerms()))
        let removal = try SettingsCommand.parse([
            "m@3", "--remove-label", "attack", "--remove-label", "normal",
        ]).changeRequest()
        #expect(
            removal
                == SettingsChangeRequest(
                    model: model, version: .number(3), settings: VersionSettings(),
                    isReset: false, removedLabels: ["attack", "normal"], terms: ChangeTerms()))
        for wrong in [
            ["--threshold", "nan"], ["--label", "attack=1", "--remove-label", "normal"],
        ] {
            let error = #expect(throws: SwerveError.self) {
                try SettingsCommand.parse(["m"] + wrong).changeRequest()
            }
            #expect(error?.code == .usage)
        }
    }

    @Test("settings: alerts are of all versions, and go with no other setting")
    func alerts() throws {
        #expect(try SettingsCommand.parse(["m", "--reset"]).alertsRequest() == nil)
        let command = try SettingsCommand.parse(["m", "--alert", "attack", "--alert", "probe"])
        #expect(
            try command.alertsRequest()
                == ChangeRequest(
                    model: model, change: .alerts(["attack", "probe"]), terms: ChangeTerms()))
        for wrong in [
            ["m@3"], ["m", "--reset"], ["m", "--threshold", "1"], ["m", "--label", "a=1"],
            ["m", "--remove-label", "a"], ["m", "--label-rule", "votes"],
        ] {
            let error = #expect(throws: SwerveError.self) {
                try SettingsCommand.parse(wrong + ["--alert", "attack"]).alertsRequest()
            }
            #expect(error?.code == .usage)
        }
    }

    @Test("status: whom, how long, how often")
    func status() throws {
        #expect(try StatusCommand.parse([]).request() == StatusRequest(model: nil))
        #expect(
            try StatusCommand.parse(["--slots", "--group", "g", "--watch"]).request()
                == StatusRequest(model: nil, groups: ["g"], withSlots: true, isFollowed: true))
        #expect(
            try StatusCommand.parse(["m", "--wait", "--timeout", "0.5"]).request()
                == StatusRequest(model: model, timeoutMs: 500))
        for arguments in [["--wait"], ["m", "--timeout", "0"], ["No"]] {
            let error = try #require(throws: SwerveError.self) {
                try StatusCommand.parse(arguments).request()
            }
            #expect(error.code == .usage, "\(arguments): \(error)")
        }
    }

    @Test("republish and adopt")
    func announcing() throws {
        #expect(
            try RepublishCommand.parse([]).request()
                == RepublishRequest(model: nil, reason: "signed anew"))
        #expect(
            try RegistryAdoptCommand.parse(["m", "--force", "--reason", "ours"]).request()
                == AdoptRequest(model: model, reason: "ours", isForced: true))
        #expect(
            try RegistryAdoptCommand.parse(["m", "--above", "4"]).request()
                == AdoptRequest(model: model, reason: "adopted", isForced: false, above: 4))
        for above in ["0", "9007199254740991"] {
            let error = try #require(throws: SwerveError.self) {
                try RegistryAdoptCommand.parse(["m", "--above", above]).request()
            }
            #expect(error.code == .usage, "\(above): \(error)")
        }
    }
}
