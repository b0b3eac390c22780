import Lifecycle
import Platform
import Registry
import TestSupport
import Testing

@testable import Operations

/// What a subject of some models gets of a registry that has others too.
@Suite("a backend for one subject")
struct SubjectBackendTests {
    private let fixture: ControlFixture
    private let inner: FileBackend
    private let other: ModelName
    private var model: ModelName { fixture.model }

    init() throws {
        fixture = try ControlFixture()
        let brokers = FakeBrokers(fixture.topic)
        inner = FileBackend(
            registry: fixture.path, brokers: { brokers }, for: Caller(author: "ada"))
        other = try ModelName("login")
        try fixture.register("another", as: other)
        try fixture.change(.promote(1))
        try fixture.change(.promote(1), of: other)
    }

    private func backend(_ role: HubRole, _ models: String = "http-*") throws -> SubjectBackend {
        SubjectBackend(
            inner,
            for: HubSubject(
                name: "ci (token)",
                grants: [HubSubject.Grant(role: role, models: try ModelPattern(models))],
                credential: .none))
    }

    private func isLacking(_ error: any Error) -> Bool {
        (error as? SwerveError)?.problem?.kind == .rightLacking
    }

    @Test("lists leave out what is not its own")
    func lists() throws {
        let reader = try backend(.reader)
        #expect(try inner.models(ModelsRequest()).models.count == 2)
        #expect(try reader.models(ModelsRequest()).models.map(\.name) == [model])
        let search = try SearchRequest("version >= 1")
        #expect(try inner.search(search).versions.count == 4)
        let found = try reader.search(search).versions
        #expect(found.count == 3 && found.allSatisfy { $0.reference.model == model })
        let first = try reader.search(SearchRequest("version >= 1", limit: 2)).versions
        #expect(first == Array(found.prefix(2)))
        let rest = try reader.search(
            SearchRequest("version >= 1", after: first[1].reference, limit: 9))
        #expect(rest.versions == Array(found.suffix(1)))
        // What comes last is not its own.
        #expect(try inner.search(search).versions.last?.reference.model == other)
        let all = try inner.auditLog(AuditLogRequest(model: nil, limit: 100)).entries
        #expect(all.contains { $0.model == "login" } && all.contains { $0.model == nil })
        let log = try reader.auditLog(AuditLogRequest(model: nil, limit: 100)).entries
        #expect(log.count == all.count { $0.model == "http-anomaly" })
        #expect(log.allSatisfy { $0.model == "http-anomaly" })
        // The newest of its own, behind those that it does not see.
        let newest = try reader.auditLog(AuditLogRequest(model: nil, limit: 1)).entries
        #expect(newest == [log[log.count - 1]])
        let head = try #require(try reader.auditHead(AuditHeadRequest()).head)
        #expect(head.fields == [:] && head.hash == all.last?.hash)
        let whole = try backend(.reader, "*")
        #expect(try whole.models(ModelsRequest()).models.count == 2)
        #expect(try whole.auditHead(AuditHeadRequest()).head == all.last)
        #expect(try whole.auditLog(AuditLogRequest(model: nil, limit: 100)).entries == all)
    }

    @Test("whoever sees few entries comes to the oldest all the same, a look after the other")
    func farBack() throws {
        for number in 1...4 { try fixture.register("more \(number)", as: other) }
        let subject = HubSubject(
            name: "ci (token)",
            grants: [HubSubject.Grant(role: .reader, models: try ModelPattern("http-*"))],
            credential: .none)
        let all = try inner.auditLog(AuditLogRequest(model: nil, limit: 100)).entries
        let wanted = all.filter { $0.model == "http-anomaly" }.map(\.sequence)
        for (limit, look) in [(1, 3), (2, 3), (1, 1), (100, 200), (3, 200)] {
            let reader = SubjectBackend(inner, for: subject, auditLook: look)
            var seen: [Int64] = []
            var before: Int64?
            repeat {
                let page = try reader.auditLog(
                    AuditLogRequest(model: nil, limit: limit, before: before))
                #expect(page.entries.count <= limit)
                seen = page.entries.map(\.sequence) + seen
                if let reached = page.reached { #expect(reached < before ?? .max) }
                before = page.reached
            } while before != nil
            #expect(seen == wanted, "limit \(limit), look \(look)")
        }
        // Who sees all is told by the number of entries, as ever.
        let whole = try backend(.reader, "*").auditLog(AuditLogRequest(model: nil, limit: 2))
        #expect(whole.reached == nil && whole.entries.count == 2)
    }

    @Test("what is another's is refused, whether it is there or not")
    func others() throws {
        let admin = try backend(.admin)
        for name in ["login", "none"] {
            let model = try ModelName(name)
            let version = VersionSelector(model: model, choice: .number(1))
            let own = VersionSelector(model: self.model, choice: .number(1))
            let asked: [(String, () throws -> Void)] = [
                ("model", { _ = try admin.model(ModelRequest(model: model)) }),
                ("version", { _ = try admin.version(VersionRequest(version: version)) }),
                ("artifact", { _ = try admin.artifact(ArtifactRequest(version: version)) }),
                ("diff", { _ = try admin.diff(DiffRequest(before: own, after: version, top: 1)) }),
                ("diff", { _ = try admin.diff(DiffRequest(before: version, after: own, top: 1)) }),
                ("aliases", { _ = try admin.aliases(AliasesRequest(model: model)) }),
                ("history", { _ = try admin.history(HistoryRequest(model: model, limit: 1)) }),
                ("audit", { _ = try admin.auditLog(AuditLogRequest(model: model, limit: 1)) }),
                ("rollout", { _ = try admin.rollout(RolloutRequest(model: model)) }),
                ("archive", { _ = try admin.archive(ArchiveRequest(version: version)) }),
                ("verify", { _ = try admin.verify(VerifyRequest(scope: .version(version))) }),
                (
                    "change",
                    {
                        _ = try admin.change(
                            ChangeRequest(
                                model: model, change: .promote(.number(1)), terms: ChangeTerms()))
                    }
                ),
                ("republish", { _ = try admin.republish(.init(model: model, reason: "")) }),
            ]
            for (what, call) in asked {
                #expect("\(what) of \(name)") { try call() } throws: { isLacking($0) }
            }
        }
    }

    @Test("what is of all models is for who has all of them")
    func whole() throws {
        let create = CreateTokenRequest(name: try ModelName("x"), role: .reader)
        func asks(_ backend: SubjectBackend) -> [() throws -> Void] {
            [
                { _ = try backend.verify(VerifyRequest(scope: .all)) },
                { _ = try backend.verifyAudit(AuditVerifyRequest()) },
                { _ = try backend.republish(RepublishRequest(model: nil, reason: "")) },
                { _ = try backend.collect(CollectRequest(model: nil, isDeleting: false)) },
                { _ = try backend.tokens(TokensRequest()) },
                { _ = try backend.createToken(create) },
                { _ = try backend.revokeToken(RevokeTokenRequest(name: create.name, reason: "")) },
            ]
        }
        for ask in asks(try backend(.admin)) {
            #expect { try ask() } throws: { isLacking($0) }
        }
        for ask in asks(try backend(.admin, "*")) { try ask() }
        for ask in asks(try backend(.promoter, "*")).suffix(3) {
            #expect { try ask() } throws: { isLacking($0) }
        }
    }

    @Test("an error names no model that it does not see")
    func errors() throws {
        let missing = ModelRequest(model: try ModelName("http-none"))
        #expect { try inner.model(missing) } throws: { "\($0)".contains("login") }
        #expect {
            try backend(.reader).model(missing)
        } throws: { error in
            (error as? SwerveError)?.problem?.kind == .modelNotFound
                && !"\(error)".contains("login")
        }
    }

    @Test("each role gets what it is for, and not more")
    func roles() throws {
        let version = VersionSelector(model: model, choice: .number(2))
        let archive = ArchiveRequest(version: version)
        #expect { try backend(.reader).archive(archive) } throws: { isLacking($0) }
        _ = try backend(.registrar).archive(archive)
        _ = try backend(.registrar).archive(ArchiveRequest(version: version, isUndone: true))
        let change = ChangeRequest(
            model: model, change: .promote(.number(2)), terms: ChangeTerms())
        #expect { try backend(.registrar).change(change) } throws: { isLacking($0) }
        #expect(try backend(.promoter).change(change).deployment.stable.version == 2)
        let adopt = AdoptRequest(model: model, reason: "", isForced: false)
        #expect { try backend(.promoter).adopt(adopt) } throws: { isLacking($0) }
    }

    @Test("files are removed by an admin of the model alone, whatever it may do on another")
    func collection() throws {
        let subject = HubSubject(
            name: "ci (token)",
            grants: [
                HubSubject.Grant(role: .admin, models: try ModelPattern("login")),
                HubSubject.Grant(role: .registrar, models: try ModelPattern("http-*")),
            ], credential: .none)
        let backend = SubjectBackend(inner, for: subject)
        #expect {
            try backend.collect(CollectRequest(model: model, isDeleting: true))
        } throws: { isLacking($0) }
        #expect {
            try backend.collect(CollectRequest(model: nil, isDeleting: false))
        } throws: { isLacking($0) }
        _ = try backend.collect(CollectRequest(model: model, isDeleting: false))
        _ = try backend.collect(CollectRequest(model: other, isDeleting: true))
        #expect {
            try self.backend(.reader).collect(CollectRequest(model: model, isDeleting: false))
        } throws: { isLacking($0) }
    }
}
