package import Lifecycle

/// Tokens of the hub, which are an admin's of all models.
extension SubjectBackend {
    package func createToken(
        _ request: CreateTokenRequest
    ) throws(SwerveError) -> CreateTokenResult {
        try asked(.admin, on: [nil], "making a token") {
            () throws(SwerveError) in try inner.createToken(request)
        }
    }

    /// Whose tokens there are is an admin's to know.
    package func tokens(_ request: TokensRequest) throws(SwerveError) -> TokensResult {
        try asked(.admin, on: [nil], "listing the tokens") {
            () throws(SwerveError) in try inner.tokens(request)
        }
    }

    package func revokeToken(
        _ request: RevokeTokenRequest
    ) throws(SwerveError) -> RevokeTokenResult {
        try asked(.admin, on: [nil], "revoking a token") {
            () throws(SwerveError) in try inner.revokeToken(request)
        }
    }
}
