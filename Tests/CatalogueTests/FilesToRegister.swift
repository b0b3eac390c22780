import Lifecycle
import ModelFormats

@testable import Catalogue

/// Files that are to be registered, and what is said of them, all of it to be changed at will.
@dynamicMemberLookup
struct FilesToRegister {
    private var paths: RegistrationPaths
    private var said: RegistrationRequest

    init(model: ModelName, file: String, featurizer: String? = nil) {
        paths = RegistrationPaths(file: file, featurizer: featurizer)
        let unread = RegistrationFiles(
            model: .init(name: "", bytes: []), featurizer: nil, golden: nil)
        said = RegistrationRequest(model: model, content: .files(unread))
    }

    subscript<Value>(dynamicMember member: WritableKeyPath<RegistrationPaths, Value>) -> Value {
        get { paths[keyPath: member] }
        set { paths[keyPath: member] = newValue }
    }

    subscript<Value>(dynamicMember member: WritableKeyPath<RegistrationRequest, Value>) -> Value {
        get { said[keyPath: member] }
        set { said[keyPath: member] = newValue }
    }

    func read() throws -> RegistrationRequest {
        var request = said
        request.content = try paths.read(for: said.model)
        return request
    }
}
