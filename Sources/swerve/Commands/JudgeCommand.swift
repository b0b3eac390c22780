import ArgumentParser
import Judge
import Lifecycle
import Platform

/// What the judge and the rollout controller make of cases.
struct JudgeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "judge",
        abstract: "Judge cases as a rollout would, to compare with the reference.",
        discussion: """
            Each line of the file is one case: the blocks of one guard ("test": "engine"), what slots \
            told a judge tick by tick ("judge"), or the events of a rollout ("controller"). Writes \
            {"name":…,"outs":[…]} for each, with the outcomes in the order of the case, through the \
            code that rollouts run.
            """)

    @Argument(help: "JSON lines.")
    var file: String

    func run() throws {
        let bytes = try StateFile.read(file, limit: JudgeCase.fileBytes)
        try JudgeCase.answer(lines: bytes, name: file) {
            Terminal.document($0)
            Terminal.endIfLost()
        }
    }
}
