package import Lifecycle
package import Transfer

/// What a hub's answer means that is no success.
package enum HubRefusal {
    /// The hub's own error, as it threw it; where it threw none, one of its answer's status.
    package static func error(_ answer: WebAnswer, act: String) -> SwerveError {
        let document = try? JSONValue(
            parsing: answer.refusal, act: act, limit: Limits.refusalBytes)
        if let told = document?["error"],
            let error = try? JSONValueDecoder.decode(SwerveError.self, from: told, act: act)
        {
            return error
        }
        guard let detail = document?["detail"]?.string else {
            if answer.status == 400, let words = line(of: answer.refusal) {
                return SwerveError(.usage, act: act, reason: words)
            }
            guard answer.isRedirect else { return WebFault.error(answer, act: act) }
            return SwerveError(
                .refused, act: act, reason: "it sends elsewhere, which is not followed",
                remedy: "name the address where the hub itself answers")
        }
        let reason = detail.shortened(to: reasonCharacters)
        let (code, remedy): (SwerveError.Code, String) =
            switch answer.status {
            case 400, 405: (.usage, "")
            case 401: (.refused, "say who asks: swerve login, or SWERVE_TOKEN")
            case 404: (.notFound, "see whether the address is that of a hub")
            case 413, 431: (.tooLarge, "")
            case 422: (.invalid, "")
            case 408, 429, 503, 504: (.unavailable, "")
            case 500...599: (.system, "")
            default: (.refused, "")
            }
        return SwerveError(code, act: act, reason: reason, remedy: remedy)
    }

    /// The words of an answer that is one line of text, as a port that speaks HTTPS alone gives it;
    /// nil for a document or a page.
    private static func line(of bytes: [UInt8]) -> String? {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        let lines = text.split(whereSeparator: \.isNewline)
        guard lines.count == 1, let first = lines[0].first, !"<{[".contains(first) else {
            return nil
        }
        return String(lines[0]).shortened(to: reasonCharacters)
    }

    private static let reasonCharacters = 2_000
}
