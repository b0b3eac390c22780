import Inputs
import Testing

/// Which format strings are taken, and how the others are refused.
@Suite("Log formats")
struct LogFormatTests {
    private func fault(_ format: LogFormat) -> LogFormatFault? {
        do throws(LogFormatFault) {
            _ = try LogPlan(format)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "formats of Apache that are taken",
        arguments: [
            "%r", "%h %l %u %t \"%r\" %>s %b", "%h %r", "%r\t%s", #"%r\t%s"#, #"\"%r\" %s"#,
            "\"%<r\" %>s %!404s %200,304{Referer}i", "\"%m\" \"%U\"", "\"%m\" \"%U\" \"%q\"",
            "\"%m %U%q\"", "\"%m %U%q %H\"", "%m %U%q %H", "\"%r\" %m %U", "\"%r\" %%%h",
            "%{%Y-%m-%d}t %{c}a %{UNIQUE_ID}e %{X-Y}i %^FB %{X}^ti \"%r\"",
        ])
    func taken(_ format: String) { #expect(fault(.apache(format)) == nil) }

    @Test(
        "a directive that there is not is refused with its byte",
        arguments: [
            ("%h \"%r\" %{Foo}z", 9), ("%h \"%r\" %", 9), ("%h \"%r\" %Y", 9), ("%{a}h %r", 1),
            ("%i %r", 1), ("%{x}T %r", 1), ("é %^FX %r", 4), ("%{a %r", 1), ("%! %r", 1),
        ])
    func unknown(_ format: String, _ byte: Int) {
        #expect(fault(.apache(format))?.byte == byte)
    }

    @Test(
        "formats from which a request cannot be told are refused",
        arguments: [
            "", "%h", "\"%r\" \"%>r\"", "%r %s", "\"%m\" \"%q\"", "\"%m %h %U %H\"", "\"%U%q\"",
            "%h%l \"%r\"", "%U|%m", "\"%m\" %U ", "%m %U %q",
        ])
    func refused(_ format: String) {
        let fault = fault(.apache(format))
        #expect(fault != nil && fault?.byte == nil)
    }

    @Test("nginx's variables, with and without braces")
    func nginx() throws {
        for format in [
            #""$request" $status"#, #""${request}""#, #"$x "$request_method" "$request_uri""#,
            #""$request_method $uri$is_args$args $server_protocol""#,
            #"$request_method "$document_uri" "$query_string""#,
        ] {
            #expect(fault(.nginx(format, escape: .backslash)) == nil, "\(format)")
        }
        for format in [
            #""$request" $"#, #""$request" $Status"#, #""${request" $status"#,
            #""$request$status""#,
            "$request $status", "$remote_addr",
        ] {
            #expect(fault(.nginx(format, escape: .json)) != nil, "\(format)")
        }
    }

    @Test("formats by name and in the servers' words")
    func words() throws {
        #expect(try LogFormat(named: "combined") != LogFormat(named: "common"))
        #expect(throws: LogFormatFault.self) { try LogFormat(named: "Combined") }
        #expect(try LogFormat(apache: "%r", nginx: nil, escape: nil) == .apache("%r"))
        #expect(
            try LogFormat(apache: nil, nginx: "$request", escape: "json")
                == .nginx("$request", escape: .json))
        for (apache, nginx, escape) in [
            (nil, nil, nil), ("%r", "$request", nil), ("%r", nil, "default"),
            (nil, "$request", "none"),
        ] as [(String?, String?, String?)] {
            #expect(throws: LogFormatFault.self) {
                try LogFormat(apache: apache, nginx: nginx, escape: escape)
            }
        }
    }

    @Test("what the server made of a path is told, unless the request itself is there")
    func rewritten() throws {
        #expect(try LogPlan(.apache("\"%m %U%q\"")).rewrittenFields == ["%U%q"])
        #expect(try LogPlan(.apache("\"%r\" %U")).rewrittenFields == [])
        let nginx = LogFormat.nginx("$request_method \"$uri\"", escape: .json)
        #expect(try LogPlan(nginx).rewrittenFields == ["$uri"])
        let target = LogFormat.nginx("$request_method \"$request_uri\"", escape: .json)
        #expect(try LogPlan(target).rewrittenFields == [])
    }
}
