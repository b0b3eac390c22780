import Configuration
import Inputs
import Lifecycle
import Serving
import Testing

/// What a configuration says of records.
@Suite("InputForm")
struct InputFormTests {
    private func form(_ settings: String...) throws -> InputForm {
        var sources = ConfigurationSources(environment: [:])
        sources.settings = settings
        return try InputForm(sources.resolve())
    }

    @Test("formats, by name and in the servers' words")
    func formats() throws {
        #expect(try form() == InputForm())
        #expect(try form("input.format=text").settings().format == .text)
        let combined = try form("input.format=log", "input.log=combined")
        #expect(try combined.log == LogFormat(named: "combined"))
        #expect(combined.fields.id == "request_id" && combined.scoresBadLines)
        let apache = try form(
            "input.format=log", #"input.log.apache=%h "%r" %s"#, "input.fields.id=env_unique_id",
            "input.bad_line=dead-letter")
        #expect(apache.log == .apache(#"%h "%r" %s"#) && apache.fields.id == "env_unique_id")
        #expect(!apache.scoresBadLines)
        let nginx = try form(
            "input.format=log", #"input.log.nginx="$request""#, "input.log.escape=json")
        #expect(nginx.log == .nginx(#""$request""#, escape: .json))
        #expect(try !form("input.invalid_utf8=dead-letter").settings().scoresInvalidUTF8)
    }

    @Test(
        "what does not go together is told with its key",
        arguments: [
            (["input.format=log"], "needs the format"),
            (["input.log=combined"], "goes with input.format: log"),
            (["input.format=log", "input.log=nginx"], "no log format is called"),
            (["input.format=log", "input.log=common", "input.log.apache=%r"], "its name"),
            (["input.format=log", "input.log.apache=%r", "input.log.escape=json"], "escape"),
            (["input.format=log", "input.log.nginx=$request", "input.log.escape=none"], "escape"),
            (["input.format=log", "input.log.apache=%h %Y"], "byte 4"),
            (["input.format=log", "input.log.apache=%r %s"], "a client could end %r"),
            (["input.bad_line=drop"], "neither score nor dead-letter"),
            (["input.format=text", "input.fields.client=ip"], "have none"),
            (
                ["input.format=log", "input.log=common", "input.fields.client=ip"],
                "no field of the log's format"
            ),
        ])
    func refused(_ settings: [String], _ words: String) throws {
        var sources = ConfigurationSources(environment: [:])
        sources.settings = settings
        let configuration = try sources.resolve()
        let error = #expect(throws: SwerveError.self) { try InputForm(configuration) }
        #expect(error?.code == .usage)
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    @Test("records are read for who sent them where the configuration names the field")
    func client() throws {
        #expect(try form().fields.client == nil)
        #expect(try !RecordDecoder(form().settings()).tellsClient)
        for settings in [
            ["input.fields.client=source.ip"], ["input.format=avro", "input.fields.client=client"],
            ["input.format=log", "input.log=common", "input.fields.client=remote_host"],
        ] {
            var sources = ConfigurationSources(environment: [:])
            sources.settings = settings
            let form = try InputForm(sources.resolve())
            #expect(form.fields.client != nil)
            #expect(try RecordDecoder(form.settings()).tellsClient)
        }
    }

    @Test("what the server made of a path is warned of")
    func warned() throws {
        let decoded = try form("input.format=log", #"input.log.apache=%m "%U%q""#)
        #expect(try decoded.warning()?.contains("%U%q") == true)
        #expect(try form("input.format=log", "input.log=common").warning() == nil)
        #expect(try form().warning() == nil)
    }
}
