import Lifecycle
import Testing

@testable import Configuration

/// Keys whose value is a list, however they are given: one that was read wrongly hides nothing.
@Suite("Lists of names")
struct NameListTests {
    private static let lists = ConfigurationKey.allCases.filter { $0.row.kind == .list }

    /// By `--set`, by the environment and as a text in the file, which give the same.
    private func read(_ key: ConfigurationKey, _ value: String) throws -> [String] {
        var byOption = ConfigurationSources(environment: [:])
        byOption.settings = ["\(key.rawValue)=\(value)"]
        let byVariable = ConfigurationSources(environment: [key.variable: value])
        var results: [[String]] = []
        for sources in [byOption, byVariable] {
            var configuration = Configuration(name: "none")
            try sources.apply(to: &configuration)
            results.append(try configuration.list(key))
        }
        #expect(results[0] == results[1])
        return results[0]
    }

    @Test(
        "commas, and YAML's flow form with quotes or without, name the same fields",
        arguments: lists,
        [
            "password,user.name", " password , user.name ", "password,user.name,password",
            "[password,user.name]", "[password, user.name]", #"["password", 'user.name']"#,
            " [ password,user.name ] ",
        ])
    func forms(key: ConfigurationKey, value: String) throws {
        #expect(try read(key, value) == ["password", "user.name"])
        let yaml = try ConfigurationFile.parse("mask: [password, user.name]", name: "f")
        #expect(try yaml.list(.mask) == ["password", "user.name"])
    }

    @Test(
        "what is no field's name is refused, and told with the right form", arguments: lists,
        [
            "password user.name", "password\tuser.name", "[password", "password]", "[a] b",
            "[a],b", "{password}", "(password)", "'password'", #""password""#, "a;b", "a,,b",
            "a,", "[a b]", "[a, [b]]", "[{a: b}]", "[\"a,b\"]", "[\"\"]", "[a, \"b\"",
        ])
    func refused(key: ConfigurationKey, value: String) throws {
        let error = #expect(throws: SwerveError.self) { try read(key, value) }
        #expect(error?.code == .usage)
        let line = error?.description ?? ""
        #expect(line.hasPrefix("reading --set: \(key.rawValue): '"), "\(line)")
        #expect(line.hasSuffix("; write NAME,NAME or [NAME, NAME]"), "\(line)")
    }

    @Test("an empty list is one")
    func empty() throws { #expect(try read(.mask, "[]") == []) }
}
