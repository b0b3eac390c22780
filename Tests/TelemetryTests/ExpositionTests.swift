import Telemetry
import Testing

@Suite("Exposition")
struct ExpositionTests {
    private func text(_ body: (inout Exposition) -> Void) -> String {
        var exposition = Exposition()
        body(&exposition)
        return String(decoding: exposition.bytes, as: UTF8.self)
    }

    @Test("help and type stand once above the samples of a family")
    func family() {
        let text = text { page in
            page.family("swerve_records_total", .counter, "Records.")
            page.sample(3, ["slot": "0"])
            page.sample(4, ["slot": "1"])
        }
        #expect(
            text == """
                # HELP swerve_records_total Records.
                # TYPE swerve_records_total counter
                swerve_records_total{slot="0"} 3
                swerve_records_total{slot="1"} 4

                """)
    }

    @Test("a family without samples leaves nothing behind")
    func empty() {
        #expect(text { $0.family("swerve_lag_records", .gauge, "Lag.") } == "")
    }

    @Test("buckets are cumulative, end with +Inf, and their count is the sum of all")
    func histogram() {
        let text = text { page in
            page.family("h", .histogram, "H.")
            page.histogram(bounds: [-0.5, 1], counts: [2, 0, 3], sum: -4.25, ["slot": "0"])
        }
        #expect(
            text == """
                # HELP h H.
                # TYPE h histogram
                h_bucket{slot="0",le="-0.5"} 2
                h_bucket{slot="0",le="1"} 2
                h_bucket{slot="0",le="+Inf"} 5
                h_sum{slot="0"} -4.25
                h_count{slot="0"} 5

                """)
    }

    @Test("samples by name stand in the names' order, whatever list stood before")
    func names() {
        let text = text { page in
            page.family("n", .counter, "N.")
            page.samples(["b": 2, "a\"": 1], by: "label", ["slot": "0"])
            page.samples(["b": -20, "a\"": 10], by: "label", [:])
            page.samples(["b": 3, "c": .max], by: "label", ["slot": "1"])
            page.samples(["c": 4], by: "label", ["slot": "2"])
            page.samples([:], by: "label", ["slot": "3"])
        }
        #expect(
            text == #"""
                # HELP n N.
                # TYPE n counter
                n{slot="0",label="a\""} 1
                n{slot="0",label="b"} 2
                n{label="a\""} 10
                n{label="b"} -20
                n{slot="1",label="b"} 3
                n{slot="1",label="c"} 9223372036854775807
                n{slot="2",label="c"} 4

                """#)
    }

    @Test("what would end a label or a line is escaped, in help and labels")
    func escapes() {
        let text = text { page in
            page.family("g", .gauge, "a\\b\nc \"d\"")
            page.sample(1, ["label": "a\"b\\c\nd{é}"])
        }
        #expect(
            text == #"""
                # HELP g a\\b\nc "d"
                # TYPE g gauge
                g{label="a\"b\\c\nd{é}"} 1

                """#)
    }

    @Test(
        "numbers are as Prometheus reads them",
        arguments: [
            (0.0, "0"), (1.5, "1.5"), (12, "12"), (1e-05, "1e-05"), (Double.nan, "NaN"),
            (Double.infinity, "+Inf"), (-Double.infinity, "-Inf"), (1e16, "1e+16"),
        ])
    func numbers(number: Double, shown: String) {
        let text = text { page in
            page.family("g", .gauge, "G.")
            page.measure(number)
        }
        #expect(text.hasSuffix("\ng \(shown)\n"))
    }
}
