import Lifecycle
import Platform
import Registry
import Web

/// Answers that were given, for whoever asks the same again: pages, pipelines and people mostly do.
///
/// An answer holds as long as the registry's newest audit entry is the one that it was made behind,
/// and as long as its operation says (`HubOperation.keptMs`). Bounded in bytes. Any thread.
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
        let atMs: Int64
    }

    private struct State {
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
    ///   - nowMs: of the monotonic clock, milliseconds.
    ///   - ageMs: how old it may be, milliseconds.
    /// - Throws: what `make` does; an error is never kept.
    func answer(
        to question: Question, at standing: RegistryStanding, nowMs: Int64,
        ageMs: Int64, _ make: () throws(SwerveError) -> HTTPResponse
    ) throws(SwerveError) -> HTTPResponse {
        let known = state.withLock { state -> HTTPResponse? in
            guard state.standing == standing, let answer = state.answers[question],
                nowMs - answer.atMs < ageMs
            else { return nil }
            return answer.response
        }
        if let known { return known }
        let response = try make()
        keep(Answer(response: response, atMs: nowMs), question, standing)
        return response
    }

    private func keep(_ answer: Answer, _ question: Question, _ standing: RegistryStanding) {
        let bytes = answer.response.body.count + question.bytes
        guard answer.response.status == 200, bytes <= limitBytes / 16 else { return }
        state.withLock { state in
            // All of an older standing is worth nothing; where there is no more room, what is asked
            // often is there again soon.
            if state.standing != standing || state.bytes + bytes > limitBytes {
                state = State(standing: standing)
            }
            let replaced = state.answers.updateValue(answer, forKey: question)
            state.bytes += bytes - (replaced.map { $0.response.body.count + question.bytes } ?? 0)
        }
    }
}
