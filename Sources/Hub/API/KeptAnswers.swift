import Lifecycle
import Platform
import Registry
import Web

/// Answers that were given, for whoever asks the same again: pages, pipelines and people mostly do.
///
/// An answer holds as long as the registry's newest audit entry is the one that it was made behind,
/// as long as nothing newer was heard of the fleet where it tells of that, and as long as its
/// operation says (`HubOperation.keptMs`). What several ask at once is made by
/// one of them, for which the others wait. Bounded in bytes. Any thread.
final class KeptAnswers: Sendable {
    /// What was asked, by whom as far as that makes the answer another one.
    struct Question: Hashable {
        let operation: String
        let fields: String
        let grants: [HubSubject.Grant]

        init(
            _ operation: HubOperation, _ fields: [String: JSONValue], by subject: HubSubject
        ) {
            self.operation = operation.name
            self.fields = JSONValue.object(fields).text
            grants = subject.grants
        }

        fileprivate var bytes: Int { operation.utf8.count + fields.utf8.count + 128 }
    }

    private struct Answer {
        let response: HTTPResponse
        let heard: Int64
        let atMs: Int64
    }

    /// What is being made: whoever comes to its lock first makes it.
    private final class Making: Sendable {
        let outcome = Guarded<Result<HTTPResponse, SwerveError>?>(nil)
        let startedMs: Int64

        init(startedMs: Int64) { self.startedMs = startedMs }
    }

    private struct Asked: Hashable {
        let question: Question
        let standing: RegistryStanding
        let heard: Int64
    }

    private struct State {
        /// One for each that is asked now, and how many ask it.
        var making: [Asked: (making: Making, count: Int)] = [:]
        var standing: RegistryStanding?
        var answers: [Question: Answer] = [:]
        var bytes = 0
    }

    private let limitBytes: Int
    private let state = Guarded(State())

    /// - Parameter limitBytes: of all that is kept; an answer of more than a sixteenth of it never
    ///   is.
    init(limitBytes: Int = 12 << 20) { self.limitBytes = limitBytes }

    /// Of all that is kept.
    var bytes: Int { state.withLock { $0.bytes } }

    /// The answer that was kept, or else the one that `make` gives.
    ///
    /// - Parameters:
    ///   - standing: the registry's, read before `make` reads it: so an answer is never older than
    ///     what it is kept under.
    ///   - heard: the same of what else it is made of, as a number that is another with each change
    ///     of it; 0 for nothing.
    ///   - nowMs: of the monotonic clock, milliseconds.
    ///   - ageMs: how old it may be, milliseconds.
    /// - Throws: what `make` does; an error is never kept.
    func answer(
        to question: Question, at standing: RegistryStanding, heard: Int64 = 0, nowMs: Int64,
        ageMs: Int64, _ make: () throws(SwerveError) -> HTTPResponse
    ) throws(SwerveError) -> HTTPResponse {
        let asked = Asked(question: question, standing: standing, heard: heard)
        let (known, making) = state.withLock { state -> (HTTPResponse?, Making) in
            if state.standing == standing, let answer = state.answers[question],
                answer.heard == heard, nowMs - answer.atMs < ageMs
            {
                return (answer.response, Making(startedMs: nowMs))
            }
            let present = state.making[asked]
            if let present, nowMs - present.making.startedMs < ageMs {
                state.making[asked] = (present.making, present.count + 1)
                return (nil, present.making)
            }
            let begun = Making(startedMs: nowMs)
            state.making[asked] = (begun, 1)
            return (nil, begun)
        }
        if let known { return known }
        defer { leave(making, asked) }
        return try making.outcome.withLock { outcome throws(SwerveError) -> HTTPResponse in
            if let outcome { return try outcome.get() }
            let made = Result { () throws(SwerveError) in try make() }
            if case .success(let response) = made {
                keep(Answer(response: response, heard: heard, atMs: nowMs), question, standing)
            }
            outcome = made
            return try made.get()
        }
    }

    /// How many ask for what is being made, those who make it among them.
    var askingCount: Int { state.withLock { $0.making.values.reduce(0) { $0 + $1.count } } }

    private func leave(_ making: Making, _ asked: Asked) {
        state.withLock { state in
            guard let present = state.making[asked], present.making === making else { return }
            state.making[asked] = present.count > 1 ? (making, present.count - 1) : nil
        }
    }

    private func keep(_ answer: Answer, _ question: Question, _ standing: RegistryStanding) {
        let bytes = answer.response.body.count + question.bytes
        guard answer.response.status == 200, bytes <= limitBytes / 16 else { return }
        state.withLock { state in
            // All of an older standing is worth nothing; where there is no more room, what is asked
            // often is there again soon.
            if state.standing != standing || state.bytes + bytes > limitBytes {
                state.standing = standing
                state.answers = [:]
                state.bytes = 0
            }
            let replaced = state.answers.updateValue(answer, forKey: question)
            state.bytes += bytes - (replaced.map { $0.response.body.count + question.bytes } ?? 0)
        }
    }
}
