import Lifecycle
import Testing

@Suite("shares")
struct ShareTests {
    @Test(
        "a share reads as people type it, and prints shortest",
        arguments: [
            ("5%", 500, "5%"), ("0.05", 500, "5%"), ("0.5%", 50, "0.5%"), ("100%", 10_000, "100%"),
            ("0.9999", 9_999, "99.99%"), ("0.01%", 1, "0.01%"), ("12.34%", 1_234, "12.34%"),
            ("0.0005", 5, "0.05%"), ("33.333%", 3_333, "33.33%"),
        ])
    func reads(text: String, tenThousandths: Int, printed: String) throws {
        let share = try Share(text)
        #expect(share.tenThousandths == tenThousandths)
        #expect(share.description == printed)
        #expect(try Share(share.description) == share)
        #expect(try Share(fraction: share.fraction) == share)
    }

    @Test(
        "what is not a share is refused as usage",
        arguments: [
            "", "%", "five", "5 %", "5", "1.5", "0", "0%", "0.001%", "-5%", "101%", "nan", "nan%",
            "inf%", "1e400%", "0x", "5%%", "1", "1.0", "01", "1e0", "100",
        ])
    func refuses(text: String) {
        #expect { try Share(text) } throws: { ($0 as? SwerveError)?.code == .usage }
    }

    @Test("a bare number from 1 on may mean two things, and the message says both")
    func ambiguous() {
        #expect {
            try Share("1")
        } throws: { error in
            let words = (error as? SwerveError)?.description ?? ""
            return words.contains("1%") && words.contains("0.01")
        }
    }

    @Test("a fraction outside 0 … 1 is refused", arguments: [-0.1, 1.1, .nan, .infinity, 0])
    func refusesFraction(fraction: Double) {
        #expect(throws: SwerveError.self) { try Share(fraction: fraction) }
    }
}
