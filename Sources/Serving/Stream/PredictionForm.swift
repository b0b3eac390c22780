import Inputs
package import Lifecycle
import Scoring

/// The parts of a prediction that do not change from record to record, ready to be copied.
///
/// `{"model":"http-anomaly","version":8,"epoch":12,"role":"stable","score":` …, then the label and
/// the source record.
package struct PredictionForm: Sendable {
    /// How predictions are written.
    package enum Format: Sendable, Equatable {
        case json
        /// Without `"of"`, the class that score and probability speak of.
        case jsonWithoutOf
        /// Under that id of `PredictionSchema` at the registry.
        case avro(schemaID: Int32)
    }

    /// Up to and with `"score":`.
    let head: [UInt8]
    /// By class: `,"label":"attack","of":"attack","source":{"topic":"raw_requests","partition":`;
    /// one without a label for a regression, and without `"of"` where several classes compete.
    let middles: [[UInt8]]
    /// Whether the decisions are listed: where several classes compete.
    let listsDecisions: Bool
    /// Nil where predictions are JSON.
    let avro: AvroPredictionForm?
    /// Room that one prediction may need, in bytes.
    package let longestBytes: Int

    package init(
        deployment: Deployment, version: LoadedVersion, role: Role, inputTopic: String,
        format: Format = .json
    ) {
        let head =
            #"{"model":"\#(deployment.model)","version":\#(version.deployed.version),"#
            + #""epoch":\#(deployment.epoch),"role":"\#(role.rawValue)","score":"#
        let topic = JSONValue.string(inputTopic).text
        self.head = Array(head.utf8)
        let source = Array(#","source":{"topic":\#(topic),"partition":"#.utf8)
        let positive = format == .json ? version.scorer.positiveJSON : nil
        let tail = (positive.map { Array(#","of":"#.utf8) + $0 } ?? []) + source
        let labels = version.scorer.labelJSON.map { Array(#","label":"#.utf8) + $0 + tail }
        middles = labels.isEmpty ? [source] : labels
        let model = version.scorer.model
        listsDecisions = model.rule != .single
        let numbers = model.decisionCount + model.classes.count
        if case .avro(let schemaID) = format {
            let form = AvroPredictionForm(
                deployment: deployment, version: version, role: role, inputTopic: inputTopic,
                schemaID: schemaID)
            avro = form
            longestBytes = form.longestBytes
            return
        }
        avro = nil
        longestBytes =
            self.head.count + (middles.map(\.count).max() ?? 0) + Self.variableBytes
            + numbers * Self.numberBytes
    }

    /// One of a list, with its comma.
    private static let numberBytes = 33
    /// Score, probability, partition, offset, punctuation, and an id of which each byte is escaped.
    private static let variableBytes =
        2 * 32 + 24 + 2 * 24 + 64 + marksBytes + Limits.requestIDBytes * escapedBytes
    private static let escapedBytes = 6
    /// `,"marks":["truncated"]`, with room.
    private static let marksBytes = 64
}
