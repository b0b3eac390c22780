package import Lifecycle

/// Requests under keys of their clients', for who serves the registry.
extension Registry {
    /// What a request was answered with that was carried out before; nil where it was not.
    ///
    /// - Throws: `.invalid` where the key came with another request; `.refused` where it is being
    ///   carried out, or was, and the answer is not known.
    package func answer(
        to mark: RequestMark
    ) throws(SwerveError) -> RequestAnswer? {
        try read(Self.requestAct) { transaction in
            guard let row = try transaction.requests.find(subject: mark.subject, key: mark.key)
            else { return nil }
            guard row.request == mark.request.description else {
                throw SwerveError(
                    .invalid, act: Self.requestAct,
                    reason: "the same Idempotency-Key came with another request",
                    problem: Problem(.requestKeyReused))
            }
            guard let answer = row.answer else {
                throw SwerveError(
                    .refused, act: Self.requestAct,
                    reason: "the same request was made before: it is still carried out, or its "
                        + "change is made and the answer is lost",
                    problem: Problem(.requestAnswerLost))
            }
            return answer
        }
    }

    /// Runs `body`, whose first change writes `mark` down in its own transaction.
    package func marked<Value>(
        by mark: RequestMark, _ body: () throws(SwerveError) -> Value
    ) throws(SwerveError) -> Value {
        marks.set(mark)
        defer { marks.set(nil) }
        return try body()
    }

    /// Keeps what a marked request was answered with, where it came to a change.
    package func keep(
        _ answer: RequestAnswer, of mark: RequestMark
    ) throws(SwerveError) {
        let isCarriedOut = try read(Self.requestAct) { transaction in
            try transaction.requests.find(subject: mark.subject, key: mark.key)?.carrying
                == mark.carrying
        }
        guard isCarriedOut else { return }
        try write(Self.requestAct) { try $0.requests.keep(answer, of: mark) }
    }

    private static let requestAct = "looking for the same request"
}
