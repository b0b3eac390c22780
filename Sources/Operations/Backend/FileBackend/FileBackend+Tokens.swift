package import Lifecycle
import Platform
import Registry

/// Tokens of the hub.
extension FileBackend {
    package func createToken(
        _ request: CreateTokenRequest
    ) throws(SwerveError) -> CreateTokenResult {
        let secret = try HubToken.generate()
        return try write(create: true) { registry throws(SwerveError) in
            let end = request.lifetime.milliseconds.map { WallClock.nowMs + $0 }
            try registry.addToken(
                TokenDraft(
                    name: request.name, sha256: secret.sha256, role: request.role,
                    models: request.models, expiresAt: end.map { Timestamp.text(ofMs: $0) }),
                note: note())
            guard let token = try registry.token(request.name) else {
                throw SwerveError(
                    .system, act: "making token \(request.name)",
                    reason: "its row was taken away meanwhile")
            }
            return CreateTokenResult(token: token, secret: secret.text)
        }
    }

    package func tokens(_ request: TokensRequest) throws(SwerveError) -> TokensResult {
        TokensResult(tokens: try readable().tokens())
    }

    package func revokeToken(
        _ request: RevokeTokenRequest
    ) throws(SwerveError) -> RevokeTokenResult {
        try write { registry throws(SwerveError) in
            let already = try fault { () throws(SwerveError) in
                try registry.revokeToken(request.name, note: note(request.reason))
            }
            return RevokeTokenResult(token: try registry.token(request.name), already: already)
        }
    }
}
