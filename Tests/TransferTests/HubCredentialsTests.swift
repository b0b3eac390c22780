import Lifecycle
import Platform
import TestSupport
import Testing
import Transfer

@Suite("which token a hub is shown")
struct HubCredentialsTests {
    private let folder: TemporaryFolder
    private let credentials: HubCredentials

    init() throws {
        folder = try TemporaryFolder()
        credentials = HubCredentials(environment: ["XDG_CONFIG_HOME": folder.path("config")])
    }

    private func address(_ url: String) throws -> WebAddress { try WebAddress(url, act: "reading") }

    @Test("each hub has its own, whatever its address is written like")
    func files() throws {
        let hub = try address("https://models.example:9465")
        #expect(try credentials.token(for: hub) == nil)
        try credentials.file(for: hub)?.write("one")
        for same in ["https://models.example:9465/", "https://Models.Example:9465"] {
            #expect(try credentials.token(for: address(same)) == "one", "\(same)")
        }
        let others = [
            "http://models.example:9465", "https://models.example", "https://models.example:9466",
            "https://models.example:9465/swerve", "https://models.example.org:9465",
        ]
        for other in others {
            #expect(try credentials.token(for: address(other)) == nil, "\(other)")
        }
        let usual = try address("https://models.example")
        try credentials.file(for: usual)?.write("two")
        #expect(try credentials.token(for: address("https://models.example:443/")) == "two")
        let path = try #require(credentials.file(for: hub)?.path)
        #expect(path.hasPrefix(folder.path("config/swerve/hubs/models.example-9465-")))
    }

    @Test("the environment's comes first, and has to be one line")
    func environment() throws {
        let hub = try address("https://h")
        try credentials.file(for: hub)?.write("kept")
        var variables = ["XDG_CONFIG_HOME": folder.path("config"), "SWERVE_TOKEN": "given"]
        #expect(try HubCredentials(environment: variables).token(for: hub) == "given")
        variables["SWERVE_TOKEN"] = ""
        #expect(try HubCredentials(environment: variables).token(for: hub) == "kept")
        variables["SWERVE_TOKEN"] = "a\r\nX: y"
        #expect { try HubCredentials(environment: variables).token(for: hub) } throws: {
            !"\($0)".contains("X: y")
        }
    }

    @Test("settings lie below XDG_CONFIG_HOME, else HOME, and nowhere without them")
    func folders() throws {
        let hub = try address("https://h")
        let home = HubCredentials(environment: ["XDG_CONFIG_HOME": "relative", "HOME": "/h"])
        #expect(home.file(for: hub)?.path.hasPrefix("/h/.config/swerve/hubs/h-443-") == true)
        let none = HubCredentials(environment: [:])
        #expect(none.file(for: hub) == nil)
        #expect(try none.token(for: hub) == nil)
    }

    @Test("an address of any letters names a file in its folder")
    func hostile() throws {
        for url in ["https://[::1]:1/../../x", "https://a.b/%2e%2e/y", "https://xn--e1a.example"] {
            let path = try #require(credentials.file(for: address(url))?.path)
            let place = folder.path("config/swerve/hubs") + "/"
            #expect(path.hasPrefix(place) && !path.dropFirst(place.count).contains("/"), "\(path)")
        }
    }
}
