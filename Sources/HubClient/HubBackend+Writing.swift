import Catalogue
package import Lifecycle
package import Operations

/// What changes versions and keys.
///
/// The hub announces by itself what earlier changes left: nothing is told of that.
extension HubBackend {
    package func register(_ request: RegisterRequest) throws(SwerveError) -> RegisterResult {
        let model = request.registration.model
        var asked = HubLink.Request(method: "POST", path: "/v1/models/\(model)/versions")
        let upload = try HubUpload(request)
        asked.body = upload.bytes
        asked.contentType = upload.contentType
        asked.headers = [upload.digestLine]
        asked.timeoutMs = HubLink.usualMs + upload.bytes.count / HubUpload.bytesPerMs
        return try decode(RegisterResult.self, try document(asked))
    }

    package func annotate(_ request: AnnotateRequest) throws(SwerveError) -> VersionChangeResult {
        try ask(
            HubCall("PATCH", "/v1/models/{model}/versions/{version}", shape: HubCall.split),
            request)
    }

    package func archive(_ request: ArchiveRequest) throws(SwerveError) -> VersionChangeResult {
        try ask(
            HubCall("POST", "/v1/models/{model}/versions/{version}/archive", shape: HubCall.split),
            request)
    }

    package func setAlias(_ request: SetAliasRequest) throws(SwerveError) -> AliasChangeResult {
        try ask(
            HubCall("PUT", "/v1/models/{model}/aliases/{alias}", shape: HubCall.split), request)
    }

    package func removeAlias(
        _ request: RemoveAliasRequest
    ) throws(SwerveError) -> AliasChangeResult {
        try ask(HubCall("DELETE", "/v1/models/{model}/aliases/{alias}"), request)
    }

    package func collect(_ request: CollectRequest) throws(SwerveError) -> CollectResult {
        guard request.isDeleting else {
            return try ask(
                HubCall("GET", "/v1/collection") { $0["is_deleting"] = nil }, request)
        }
        return try ask(
            HubCall("POST", "/v1/collection") { $0["is_deleting"] = nil }, request)
    }

    package func sign(_ request: SignRequest) throws(SwerveError) -> SignResult {
        try ask(
            HubCall(
                "POST", "/v1/models/{model}/versions/{version}/signatures", shape: HubCall.split),
            request)
    }

    package func addKey(_ request: AddKeyRequest) throws(SwerveError) -> AddKeyResult {
        try ask(HubCall("POST", "/v1/keys"), request)
    }

    package func revokeKey(_ request: RevokeKeyRequest) throws(SwerveError) -> RevokeKeyResult {
        try ask(HubCall("POST", "/v1/keys/{name}/revoke"), request)
    }

    package func createToken(
        _ request: CreateTokenRequest
    ) throws(SwerveError) -> CreateTokenResult {
        try ask(HubCall("POST", "/v1/tokens"), request)
    }

    package func revokeToken(
        _ request: RevokeTokenRequest
    ) throws(SwerveError) -> RevokeTokenResult {
        try ask(HubCall("POST", "/v1/tokens/{name}/revoke"), request)
    }

    // MARK: - Webhooks

    package func webhooks(_ request: WebhooksRequest) throws(SwerveError) -> WebhooksResult {
        try ask(HubCall("GET", "/v1/webhooks"), request)
    }

    package func webhook(_ request: WebhookRequest) throws(SwerveError) -> WebhookResult {
        try ask(HubCall("GET", "/v1/webhooks/{id}"), request)
    }

    package func deliveries(_ request: DeliveriesRequest) throws(SwerveError) -> DeliveriesResult {
        try ask(HubCall("GET", "/v1/deliveries"), request)
    }

    package func addWebhook(
        _ request: AddWebhookRequest
    ) throws(SwerveError) -> WebhookSecretResult {
        try ask(HubCall("POST", "/v1/webhooks"), request)
    }

    package func removeWebhook(
        _ request: RemoveWebhookRequest
    ) throws(SwerveError) -> RemoveWebhookResult {
        try ask(HubCall("DELETE", "/v1/webhooks/{id}"), request)
    }

    package func enableWebhook(
        _ request: EnableWebhookRequest
    ) throws(SwerveError) -> EnableWebhookResult {
        try ask(HubCall("POST", "/v1/webhooks/{id}/enable"), request)
    }

    package func rotateWebhook(
        _ request: RotateWebhookRequest
    ) throws(SwerveError) -> WebhookSecretResult {
        try ask(HubCall("POST", "/v1/webhooks/{id}/rotate"), request)
    }

    package func redeliver(_ request: RedeliverRequest) throws(SwerveError) -> DeliveryResult {
        try ask(HubCall("POST", "/v1/deliveries/{id}/redeliver"), request)
    }

    package func testWebhook(_ request: TestWebhookRequest) throws(SwerveError) -> DeliveryResult {
        try ask(HubCall("POST", "/v1/webhooks/{id}/test"), request)
    }
}
