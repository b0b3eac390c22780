import Foundation
import Lifecycle
import Registry
import TestSupport
import Testing

@testable import swerve

@Suite("the files that register is given")
struct RegisterFilesTests {
    @Test("one file or folder is taken; what more is named, and where it belongs, is told")
    func only() throws {
        let model = try ModelName("m")
        let folder = try TemporaryFolder()
        #expect(try RegisterCommand.only(["model.txt"], of: model) == "model.txt")
        let cases: [([String], String)] = [
            ([], "no model file is named"),
            (["model.txt", "more.txt"], "it is not known what 'more.txt' is for"),
            ([folder.url.path, "more.txt"], "'more.txt' is named beside it"),
        ]
        for (files, reason) in cases {
            let error = #expect(throws: SwerveError.self) {
                try RegisterCommand.only(files, of: model)
            }
            #expect(error?.code == .usage && error?.reason == reason)
            #expect(error?.remedy.isEmpty == false)
        }
    }

    @Test("a version that registering it again took back is told as such")
    func revivals() {
        #expect(RegisterCommand.words(of: nil) == nil)
        #expect(RegisterCommand.words(of: .unarchived)?.contains("taken back") == true)
        #expect(RegisterCommand.words(of: .stored)?.contains("stored again") == true)
    }
}
