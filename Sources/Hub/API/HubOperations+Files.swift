import Lifecycle
import Operations
import Platform
import Registry
import Web

/// What comes or goes as files.
extension HubOperations {
    static let files: [HubOperation] = [register, artifact, backup]

    /// One at a time: a model file is in memory while it is registered.
    private static let registering = Guarded(())

    private static let register = HubOperation(
        name: "register", method: "POST", path: "/v1/models/{model}/versions",
        summary: "Registers files as the next version of a model, or says which one they are.",
        right: .registrar, isLong: true, isChange: true,
        raw: .init(
            body: (type: "multipart/form-data", schema: uploadSchema),
            bodyBytes: RegistrationUpload.bytesMax,
            headers: [("Content-Digest", "sha-256 of all that is sent, which is checked")],
            answerType: "application/json"
        ) { call throws(SwerveError) in
            // Before gigabytes are taken to the disk that would be refused in the end.
            let model = call.request.parameters["model"] ?? ""
            try call.subject.require(.registrar, on: [model], act: "registering a version")
            let upload = try call.uploads.receive(call.request)
            return try call.once(upload.digest) { () throws(SwerveError) in
                try registering.withLock { _ throws(SwerveError) in
                    let request = try RegistrationUpload.request(
                        upload, of: model)
                    return HubRoutes.document(
                        try JSONValueEncoder.encode(try call.backend.register(request)))
                }
            }
        }, form: HubOperation.form(of: RegisterResult.self))

    private static let uploadSchema: JSONValue = [
        "type": "object",
        "properties": [
            "request": [
                "type": "object",
                "description": .string(
                    "what is said of the version: labels, threshold, positive, metrics, tags, note, "
                        + "lineage, aliases, is_forced, signature, is_trial"),
            ],
            "model": file("the model's file, with its filename"),
            "featurizer": file("the featurizer's spec"),
            "golden": file("golden inputs, JSON lines"),
            "manifest": file("of an exported folder, in place of model"),
            "metadata": file("of an exported folder"),
            "file": [
                "type": "array", "items": ["type": "string", "format": "binary"],
                "description": "the files that the manifest lists",
            ],
        ],
    ]

    private static func file(_ meaning: String) -> JSONValue {
        ["type": "string", "format": "binary", "description": .string(meaning)]
    }

    private static let artifact = HubOperation(
        name: "artifact", method: "GET", path: "/v1/artifacts/{digest}",
        summary: "An artifact by its digest, as a tar archive: what workers fetch.",
        right: .reader, isLong: true,
        raw: .init(
            statuses: [
                206: "The range that was asked for.", 304: "It is the one that is there already.",
                416: "There are no such bytes.",
            ],
            headers: [
                ("Range", "one range of bytes; several are answered whole"),
                ("If-Range", "the ETag that the range is of"),
                ("If-None-Match", "the ETag of what is there already"),
            ],
            answerType: "application/x-tar"
        ) { call throws(SwerveError) in
            let text = call.request.parameters["digest"] ?? ""
            let digest = try Digest(text.hasPrefix("sha256:") ? text : "sha256:\(text)")
            let bundle = try ArtifactAnswer(
                digest, try call.backend.bundle(BundleRequest(digest: digest)).artifact)
            return bundle.response(to: call.request.fields)
        })

    /// All that is in the registry, whichever models: an admin's of all of them.
    private static let backup = HubOperation(
        name: "backup", method: "GET", path: "/v1/backup",
        summary: "A whole, checked copy of the registry, of one moment; without the secrets that "
            + "webhooks are signed with. Repr-Digest has its SHA-256.",
        right: .admin, isLong: true, isWriting: true,
        raw: .init(answerType: BackupAnswer.type) { call throws(SwerveError) in
            try call.subject.require(.admin, on: [nil], act: "backing up the registry")
            return try BackupAnswer(of: call.registry, in: call.uploads)
                .response(of: call.registry.id)
        })
}

extension HubOperation {
    /// One that has its own way with request and response.
    init(
        name: String, method: String, path: String, summary: String, right: Right,
        isLong: Bool, isChange: Bool = false, isWriting: Bool = false, raw: Raw,
        form: @escaping Form = { _ in ["type": "string", "format": "binary"] }
    ) {
        self.init(
            name: name, method: method, path: path, summary: summary, right: right,
            isLong: isLong, isChange: isChange, raw: raw, form: form
        ) { _ in preconditionFailure("a raw operation has no fields") }
        self.isWriting = isWriting
    }
}
