import Catalogue
import Foundation
import Lifecycle
import Platform
import Registry
import TestSupport
import Testing

@testable import Operations

/// What a backend makes of files that are to be registered.
@Suite("requests that register files")
struct RegisterRequestTests {
    private let fixture: ControlFixture
    private let backend: FileBackend
    private let registration: RegistrationRequest
    private var model: ModelName { registration.model }

    init() throws {
        let fixture = try ControlFixture(versions: 0)
        let brokers = FakeBrokers(fixture.topic)
        self.fixture = fixture
        backend = FileBackend(
            registry: fixture.path, brokers: { brokers }, for: Caller(author: "ada"))
        registration = try Self.registration(in: fixture.folder, as: fixture.model)
    }

    /// A model of four features with its spec.
    static func registration(
        in folder: TemporaryFolder, as model: ModelName
    ) throws -> RegistrationRequest {
        let text = """
            solver_type L2R_L2LOSS_SVC_DUAL
            nr_class 2
            label 1 -1
            nr_feature 4
            bias -1
            w
            0.5
            -0.25
            1
            -1

            """
        let spec =
            #"{"steps":[{"hashed_ngrams":{"analyzer":"byte","ngram_range":[1,2],"n_features":4}}]}"#
        let paths = RegistrationPaths(
            file: try folder.write("model.txt", text),
            featurizer: try folder.write("spec.json", spec))
        var request = RegistrationRequest(model: model, content: try paths.read(for: model))
        request.threshold = 0
        request.labels = ["attack": "1", "normal": "-1"]
        request.metrics = ["auc": 1]
        request.tags = ["data": "csic"]
        request.lineage = Lineage(author: "ada")
        request.aliases = [try AliasName("nightly")]
        return request
    }

    private func travelled<Value: Codable>(_ value: Value) throws -> Value {
        try JSONDecoder().decode(Value.self, from: try JSONEncoder().encode(value))
    }

    @Test("files become the next version under the author's name; the same again is told as such")
    func registers() throws {
        let request = RegisterRequest(registration)
        let result = try backend.register(try travelled(request))
        let outcome = try #require(result.outcome)
        #expect(outcome.registration.isNew && outcome.registration.version.version == 1)
        #expect(result.digest == outcome.registration.digest)
        #expect(try travelled(result) == result)
        let stored = try fixture.registry.version(outcome.registration.version)
        #expect(stored.metadata.registeredBy == "ada" && stored.metadata.metrics == ["auc": 1])
        #expect(try fixture.registry.aliases(of: model).map(\.version) == [1])
        #expect(try backend.register(request).outcome?.registration.isNew == false)
    }

    @Test("a registry that is not there is made by a registration, and not by a trial")
    func makes() throws {
        let (path, brokers) = (fixture.folder.path("new.db"), FakeBrokers(fixture.topic))
        let backend = FileBackend(
            registry: path, brokers: { brokers }, for: Caller(author: "ada"))
        let trial = try backend.register(RegisterRequest(registration, isTrial: true))
        #expect(trial.outcome == nil && !FileManager.default.fileExists(atPath: path))
        #expect(try backend.register(RegisterRequest(registration)).digest == trial.digest)
    }

    @Test("who signs has the digest told, signs it, and is held against the registry's key")
    func signs() throws {
        let key = try SigningKey.generate(try ModelName("builder"))
        _ = try backend.addKey(
            AddKeyRequest(name: key.name, publicKey: key.publicKey, roles: [.register]))
        let digest = try backend.register(RegisterRequest(registration, isTrial: true)).digest
        let message = SignedMessage.artifact(model: model, digest: digest)
        let stranger = try SigningKey.generate(key.name)
        let wrong = RegisterRequest(
            registration, signature: try stranger.signer.signature(over: message))
        #expect { try backend.register(wrong) } throws: {
            ($0 as? SwerveError)?.problem?.kind == .keyMismatch
        }
        #expect(try backend.models(ModelsRequest()).models == [])
        let right = RegisterRequest(
            registration, signature: try key.signer.signature(over: message))
        let outcome = try #require(try backend.register(try travelled(right)).outcome)
        let stored = try fixture.registry.version(outcome.registration.version)
        #expect(stored.metadata.registeredBy == "builder")
        let artifact = try fixture.registry.artifact(stored.digest)
        #expect(artifact.signatures.map(\.signature) == [right.signature])
    }

    @Test("an exported folder goes as one request into another registry, under its digest")
    func folder() throws {
        let outcome = try #require(try backend.register(RegisterRequest(registration)).outcome)
        let version = try fixture.registry.version(outcome.registration.version)
        let place = fixture.folder.path("exported")
        try VersionExporter.export(
            version, try fixture.registry.artifact(version.digest), to: place)
        let content = try RegistrationPaths(file: place).read(for: model)
        let request = RegisterRequest(RegistrationRequest(model: model, content: content))
        let brokers = FakeBrokers(fixture.topic)
        let elsewhere = FileBackend(
            registry: fixture.folder.path("other.db"), brokers: { brokers },
            for: Caller(author: "ada"))
        let copy = try #require(try elsewhere.register(try travelled(request)).outcome)
        #expect(copy.registration.digest == version.digest && copy.leftOut == [])
        // A number that the manifest has cannot be said again.
        var said = request.registration
        said.threshold = 1
        #expect { try elsewhere.register(RegisterRequest(said)) } throws: { code($0) == .usage }
    }
}
