import Lifecycle
import Testing

@Suite("searches for versions")
struct VersionQueryTests {
    @Test(
        "a search is read as it is meant",
        arguments: [
            ("version = 3", .compare(.plain(.version), .equal, .number(3))),
            ("version == 3", .compare(.plain(.version), .equal, .number(3))),
            ("format!=liblinear", .compare(.plain(.format), .notEqual, .text("liblinear"))),
            ("metric.auc >= .97", .compare(.metric("auc"), .atLeast, .number(0.97))),
            ("metrics.auc<1e-3", .compare(.metric("auc"), .less, .number(0.001))),
            ("threshold > -0.5", .compare(.plain(.threshold), .more, .number(-0.5))),
            ("note ~ \"a b\"", .compare(.plain(.note), .contains, .text("a b"))),
            (#"note ~ 'it''s'"#, nil),
            (#"note = 'it\'s'"#, .compare(.plain(.note), .equal, .text("it's"))),
            (#"note = "\\\"""#, .compare(.plain(.note), .equal, .text(#"\""#))),
            (#"tag."my team" = "x""#, .compare(.tag("my team"), .equal, .text("x"))),
            ("tag.a.b = x", .compare(.tag("a.b"), .equal, .text("x"))),
            ("tags.team = x", .compare(.tag("team"), .equal, .text("x"))),
            ("tool_version = 1.9", .compare(.plain(.toolVersion), .equal, .text("1.9"))),
            ("tag.date > '2026'", .compare(.tag("date"), .more, .text("2026"))),
            ("tag.date > 2026-11", .compare(.tag("date"), .more, .text("2026-11"))),
            ("label = attack", .compare(.plain(.labels), .equal, .text("attack"))),
            ("aliases ~ Champ", .compare(.plain(.alias), .contains, .text("Champ"))),
            ("archived = TRUE", .compare(.plain(.archived), .equal, .flag(true))),
            ("live", .has(.plain(.live))),
            ("metric.auc", .has(.metric("auc"))),
            ("digest = abc", .compare(.plain(.digest), .equal, .text("sha256:abc"))),
            ("digest = sha256:abc", .compare(.plain(.digest), .equal, .text("sha256:abc"))),
            ("digest ~ abc", .compare(.plain(.digest), .contains, .text("abc"))),
            (
                "registered_at >= 2026-11",
                .compare(.plain(.registeredAt), .atLeast, .text("2026-11"))
            ),
            (
                "registered_at = 2026-11-23T18:52",
                .compare(.plain(.registeredAt), .equal, .text("2026-11-23T18:52"))
            ),
            ("live and archived", .all([.has(.plain(.live)), .has(.plain(.archived))])),
            (
                "live or stable and not archived",
                .any([
                    .has(.plain(.live)),
                    .all([.has(.plain(.stable)), .not(.has(.plain(.archived)))]),
                ])
            ),
            (
                "(live OR stable) AND NOT NOT archived",
                .all([
                    .any([.has(.plain(.live)), .has(.plain(.stable))]),
                    .not(.not(.has(.plain(.archived)))),
                ])
            ),
            ("((live))", .has(.plain(.live))),
            ("note = and", .compare(.plain(.note), .equal, .text("and"))),
            (
                "note = '; DROP TABLE versions'",
                .compare(.plain(.note), .equal, .text("; DROP TABLE versions"))
            ),
        ] as [(String, VersionQuery?)])
    func reads(text: String, expected: VersionQuery?) throws {
        if let expected {
            #expect(try VersionQuery(text) == expected)
        } else {
            #expect(throws: SwerveError.self) { try VersionQuery(text) }
        }
    }

    @Test(
        "what is wrong is told with its column and what was expected",
        arguments: [
            ("", "column 1: expected a field, 'not' or '(', found the end"),
            ("   ", "column 4: expected a field"),
            ("colour = red", "column 1: there is no field 'colour'"),
            ("tag. = red", "column 1: there is no field 'tag.'"),
            ("version = three", "column 11: expected a number for version, found 'three'"),
            ("version = 0x10", "column 11: expected a number"),
            ("version = nan", "column 11: expected a number"),
            ("version = 1e999", "column 11: expected a number"),
            ("version =", "column 10: expected a value behind version =, found the end"),
            ("version = )", "column 11: expected a value"),
            ("version ~ 3", "column 9: expected one of = != < <= > >= behind version"),
            ("archived = 1", "column 12: expected true or false"),
            ("archived > true", "column 10: expected one of = != behind archived"),
            ("labels > a", "column 8: expected one of = != ~ behind labels"),
            ("digest = xyz", "column 10: expected hexadecimal digits"),
            ("digest < abc", "column 8: expected one of = != ~"),
            ("registered_at > yesterday", "column 17: expected a time or its beginning"),
            ("registered_at > 202", "column 17: expected a time"),
            ("tag.rows > 1000", "column 12: expected a text in quotes"),
            ("(live", "column 6: expected ')' for the '(' of column 1, found the end"),
            ("live)", "column 5: expected 'and', 'or' or the end, found ')'"),
            ("live stable", "column 6: expected 'and', 'or' or the end, found 'stable'"),
            ("live and", "column 9: expected a field"),
            ("or live", "column 1: expected a field"),
            ("= 3", "column 1: expected a field"),
            ("'version' = 3", "column 1: expected a field"),
            ("version ! 3", "column 9: expected one of = != < <= > >= ~, found '!'"),
            ("note = 'open", "column 8: expected the closing ', found the end"),
            (#"note = '\n'"#, "column 9: expected"),
            ("note = \u{1}", "column 8: expected a word, found a control character"),
        ])
    func refuses(text: String, said: String) {
        #expect {
            try VersionQuery(text)
        } throws: { error in
            guard let error = error as? SwerveError else { return false }
            return error.code == .usage && error.reason.hasPrefix(said)
                && error.remedy.hasPrefix("the fields are model, version, ")
                && error.remedy.hasSuffix("tag.NAME, metric.NAME")
        }
    }

    @Test("searches too long, too deep or of too many parts are refused before they cost anything")
    func bounds() throws {
        let many = { (count: Int) in
            Array(repeating: "live", count: count).joined(separator: " or ")
        }
        let deep = { (count: Int) in
            String(repeating: "(", count: count) + "live" + String(repeating: ")", count: count)
        }
        _ = try VersionQuery(many(VersionQuery.comparisons))
        _ = try VersionQuery(deep(VersionQuery.depth))
        for text in [
            many(VersionQuery.comparisons + 1), deep(VersionQuery.depth + 1), deep(2_000),
            String(repeating: "not ", count: 1_000) + "live",
            "note = '" + String(repeating: "x", count: VersionQuery.textBytes) + "'",
        ] {
            #expect {
                try VersionQuery(text)
            } throws: { ($0 as? SwerveError)?.reason.hasPrefix("more than ") == true }
        }
    }

    @Test("every field can be asked for by its name")
    func fields() throws {
        for plain in VersionField.Plain.allCases {
            #expect(try VersionQuery(plain.rawValue) == .has(.plain(plain)))
        }
    }
}
