/// The Avro schema of predictions, `swerve.Prediction`.
///
/// Frozen, documentation included: a registry compares the text. Fields are only ever added, at
/// the end, nullable with the default null; none changes its type or its name.
package enum PredictionSchema {
    /// The text byte for byte, without a line break.
    package static let text =
        #"{"type":"record","name":"Prediction","namespace":"swerve","#
        + #""doc":"What one version of a model made of one record.","fields":[{"name":"model","#
        + #""type":"string","doc":"The model's name."},{"name":"version","type":"long","#
        + #""doc":"The version that scored."},{"name":"epoch","type":"long","#
        + #""doc":"The epoch of the deployment."},{"name":"role","type":"string","#
        + #""doc":"stable or canary."},{"name":"score","type":"double","#
        + #""doc":"The decision, the value of a regression, or the winner's share among several "#
        + #"classes."},{"name":"label","type":["null","string"],"#
        + #""doc":"The class; null for a regression.","default":null},{"name":"probability","#
        + #""type":["null","double"],"doc":"Of two classes, that of the one which a decision abo"#
        + #"ve the threshold means.","default":null},{"name":"probabilities","#
        + #""type":["null",{"type":"array","items":"double"}],"#
        + #""doc":"Of more classes, in the model's class order.","#
        + #""default":null},{"name":"decision","type":["null",{"type":"array","#
        + #""items":"double"}],"doc":"Where several classes compete.","#
        + #""default":null},{"name":"source","type":{"type":"record","name":"Source","#
        + #""doc":"The record that was scored.","fields":[{"name":"topic","#
        + #""type":"string"},{"name":"partition","type":"int"},{"name":"offset","#
        + #""type":"long"}]}},{"name":"id","type":["null","string"],"#
        + #""doc":"The request's own id, at most 256 bytes.","default":null},{"name":"of","#
        + #""type":["null","string"],"doc":"The class that score and probability speak of; null "#
        + #"where there is none.","default":null},{"name":"marks","#
        + #""type":["null",{"type":"array","items":"string"}],"#
        + #""doc":"What was odd about the record: malformed, truncated.","default":null}]}"#

    /// The subject under which a registry keeps it, for an output topic.
    package static func subject(ofTopic topic: String) -> String { topic + "-value" }
}
