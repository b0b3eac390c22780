package import Lifecycle

/// How another version is asked for the verdict that takes a prediction's place.
package struct CorrectionSource: Sendable, Equatable {
    package let deployed: DeployedVersion
    /// The deployment that has the version now; nil where none has it, and it speaks as it was
    /// registered.
    package let epoch: Int64?
    /// What that deployment says of it.
    package let settings: VersionSettings
    /// The class that score and probability speak of; nil where several compete.
    package let positive: String?
    /// The first 16 hex digits of SHA-256 over digest and settings: who corrects with the same has
    /// nothing to add.
    package let scoring: String

    package init(
        _ deployed: DeployedVersion, epoch: Int64?, settings: VersionSettings, positive: String?,
        sha256: ([UInt8]) -> Digest
    ) {
        self.deployed = deployed
        self.epoch = epoch
        self.settings = settings
        self.positive = positive
        let text = "\(deployed.digest)\n" + settings.json.text
        let digest = sha256(Array(text.utf8)).description
        let hex = digest.split(separator: ":").last ?? ""
        scoring = String(hex.prefix(16))
    }
}

/// A record of the corrections: the prediction that should have been, and the one that it corrects.
///
/// In JSON, with the fields of a prediction but `"role":"correction"`, and `corrects`. Its key is
/// the record's.
package enum Correction {
    package static let role = "correction"

    /// The same bytes each time.
    ///
    /// - Parameter topic: that the corrected prediction stands on.
    package static func bytes(
        model: ModelName, topics: StreamTopics, corrects answer: StandingAnswer,
        with score: ExpectedScore, by source: CorrectionSource
    ) -> [UInt8] {
        let wrong = answer.prediction
        var corrected: [String: JSONValue] = [
            "topic": .string(topics.output), "partition": .int(Int64(answer.at.partition)),
            "offset": .int(answer.at.offset), "version": .int(Int64(wrong.version)),
            "epoch": .int(wrong.epoch), "role": .string(wrong.role.rawValue),
            "score": .double(wrong.score),
        ]
        if wrong.label != nil { corrected["label"] = .string(ImpactCounts.words(wrong.label)) }
        var fields: [String: JSONValue] = [
            "schema": 1, "model": .string(model.description), "role": .string(role),
            "version": .int(Int64(source.deployed.version)),
            "digest": .string(source.deployed.digest.description),
            "scoring": .string(source.scoring), "score": .double(score.score),
            "source": [
                "topic": .string(topics.input), "partition": .int(Int64(wrong.partition)),
                "offset": .int(wrong.offset),
            ],
            "corrects": .object(corrected),
        ]
        if let epoch = source.epoch { fields["epoch"] = .int(epoch) }
        if score.label != nil { fields["label"] = .string(ImpactCounts.words(score.label)) }
        if let positive = source.positive { fields["of"] = .string(positive) }
        if let decisions = score.decisions {
            fields["decision"] = .array(decisions.map { .double($0) })
        }
        switch score.probabilities.count {
        case 0: break
        case 1: fields["probability"] = .double(score.probabilities[0])
        default: fields["probability"] = .array(score.probabilities.map { .double($0) })
        }
        if let id = wrong.id { fields["id"] = .string(ImpactCounts.words(id)) }
        return JSONValue.object(fields).bytes
    }

    /// Which prediction a record corrects, and how that was scored.
    package struct Standing: Sendable, Equatable {
        package let corrects: StreamPlace
        package let scoring: String
        /// Of all that it says; of this process, and the same for corrections that say the same.
        package let tag: UInt32
    }

    /// Nil for what is no correction of a prediction of the model on the topic: one that lacks
    /// anything which `bytes` writes is none.
    package static func read(
        _ value: [UInt8], model: ModelName, topics: StreamTopics
    ) -> Standing? {
        guard let json = try? JSONValue(parsing: value, act: "reading a correction"),
            json["schema"] == 1, json["role"]?.string == role,
            json["model"]?.string == model.description, hasTypes(json),
            let scoring = json["scoring"]?.string, let corrects = json["corrects"],
            corrects["topic"]?.string == topics.output, let corrected = place(corrects),
            corrects["version"]?.int ?? 0 > 0, corrects["epoch"]?.int ?? -1 >= 0,
            (corrects["role"]?.string).flatMap(Role.init(rawValue:)) != nil,
            corrects["score"]?.double != nil, isText(corrects["label"]),
            let source = json["source"], source["topic"]?.string == topics.input,
            let answered = place(source), answered.partition == corrected.partition
        else { return nil }
        return Standing(corrects: corrected, scoring: scoring, tag: tag(json))
    }

    /// The tag that a correction of these bytes has.
    package static func tag(of bytes: [UInt8]) -> UInt32? {
        (try? JSONValue(parsing: bytes, act: "reading a correction")).map(tag)
    }

    /// Whether its own fields are those of a verdict.
    private static func hasTypes(_ json: JSONValue) -> Bool {
        json["version"]?.int ?? 0 > 0 && json["score"]?.double != nil
            && json["digest"]?.string.flatMap({ try? Digest($0) }) != nil
            && json["scoring"]?.string?.utf8.count == scoringBytes
            && isText(json["label"]) && isText(json["of"]) && isText(json["id"])
            && (json["epoch"].map { $0.int != nil } ?? true)
            && (json["decision"].map { $0.array != nil } ?? true)
            && (json["probability"].map { $0.double != nil || $0.array != nil } ?? true)
    }

    private static func isText(_ value: JSONValue?) -> Bool {
        value.map { $0.string != nil } ?? true
    }

    private static func place(_ json: JSONValue) -> StreamPlace? {
        guard let partition = json["partition"]?.int.flatMap(Int32.init(exactly:)),
            let offset = json["offset"]?.int,
            StreamPlace.isPossible(partition: partition, offset: Int64(offset))
        else { return nil }
        return StreamPlace(partition: partition, offset: Int64(offset))
    }

    /// Of all but the epoch, which is another one where the same version has the same settings
    /// again.
    private static func tag(_ json: JSONValue) -> UInt32 {
        guard var fields = json.object else { return 0 }
        fields["epoch"] = nil
        for name in ["score", "decision", "probability"] {
            fields[name] = fields[name].map(rounded)
        }
        return UInt32(truncatingIfNeeded: fields.hashValue)
    }

    /// What other processors compute otherwise in the last places is the same.
    private static func rounded(_ value: JSONValue) -> JSONValue {
        if let list = value.array { return .array(list.map(rounded)) }
        guard let number = value.double else { return value }
        return abs(number) < 1
            ? .int(Int64((number * 1e6).rounded())) : .double(Double(Float(number)))
    }

    private static let scoringBytes = 16
}
