import Foundation
import Lifecycle
import Registry
import TestSupport
import Testing

@testable import swerve

@Suite("the files that register is given")
struct RegisterFilesTests {
    @Test("files of the model that is named, or NAME=FILE each")
    func named() throws {
        let (m, n) = (try ModelName("m"), try ModelName("n"))
        #expect(
            try ModelFile.named(["a.model", "b=c.model"], "m", isThere: { _ in true }) == [
                ModelFile(model: m, path: "a.model"), ModelFile(model: m, path: "b=c.model"),
            ])
        #expect(
            try ModelFile.named(["m=a.model", "n=b=c.model"], nil) == [
                ModelFile(model: m, path: "a.model"), ModelFile(model: n, path: "b=c.model"),
            ])
        let cases: [([String], String?, String)] = [
            ([], "m", "no model file is named"), ([], nil, "no model file is named"),
            (["a.model"], nil, "which model"), (["=a.model"], nil, "which model"),
            (["m="], nil, "which model"), (["a.model"], "No_Name", "not a model name"),
            (["M=a.model"], nil, "not a model name"),
        ]
        for (files, model, reason) in cases {
            let error = #expect(throws: SwerveError.self) { try ModelFile.named(files, model) }
            #expect(error?.code == .usage && error?.reason.contains(reason) == true)
            #expect(error?.remedy.isEmpty == false)
        }
    }

    @Test("a model that is named goes without NAME=FILE, unless a file is called so")
    func namedTwice() throws {
        let error = #expect(throws: SwerveError.self) {
            try ModelFile.named(["n=c.model"], "m", isThere: { _ in false })
        }
        #expect(error?.code == .usage)
        #expect(error?.reason == "--model and NAME=FILE exclude each other")
        // What is not there and has no name before it is told when it is read.
        let missing = try ModelFile.named(["./n=c.model"], "m", isThere: { _ in false })
        #expect(missing == [ModelFile(model: try ModelName("m"), path: "./n=c.model")])
    }

    @Test("an alias goes with one version of a model")
    func aliases() throws {
        let files = try ModelFile.named(["m=a", "n=b", "m=c"], nil)
        try RegisterCommand.requireOneVersion(of: files, for: [])
        try RegisterCommand.requireOneVersion(of: Array(files.prefix(2)), for: ["champion"])
        let error = #expect(throws: SwerveError.self) {
            try RegisterCommand.requireOneVersion(of: files, for: ["champion"])
        }
        #expect(error?.code == .usage && error?.reason.contains("champion") == true)
    }

    @Test("a version that registering it again took back is told as such")
    func revivals() {
        #expect(RegisterCommand.words(of: nil) == nil)
        #expect(RegisterCommand.words(of: .unarchived)?.contains("taken back") == true)
        #expect(RegisterCommand.words(of: .stored)?.contains("stored again") == true)
    }
}
