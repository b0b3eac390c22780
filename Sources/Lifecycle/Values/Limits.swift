/// Every bound of the service that is not configuration, in one place, unit last in the name.
package enum Limits {
    /// Threads of a worker that score: each has memory for a whole batch.
    package static let scoringThreads = 16
    /// A model file, before anything of it is parsed.
    package static let modelFileBytes = 512 << 20
    /// A featurizer spec.
    ///
    /// tf-idf vocabularies live in it, so it is not small.
    package static let featurizerSpecBytes = 64 << 20
    /// Objects and arrays inside one another, of a spec or a bundle's manifest: four unions inside
    /// one another make 24, and a fifth is to be told as such.
    package static let featurizerSpecDepth = 28
    /// Values of a spec: every term of a vocabulary and its weight, and what stands around them.
    package static let featurizerSpecValues = 2 * vocabularyTerms + (1 << 20)
    /// JSON whose form sets no bound of its own: its bytes, objects and arrays inside one another,
    /// and values.
    package static let jsonBytes = 16 << 20
    package static let jsonDepth = 16
    package static let jsonValues = 1 << 21
    /// A manifest of an artifact.
    package static let manifestBytes = 4 << 20
    package static let artifactFiles = 16
    /// A name of one of them.
    package static let fileNameBytes = 255
    /// The header of a bundle of scikit-learn's, its manifest included.
    package static let bundleHeaderBytes = 16 << 20
    package static let bundleTensors = 1_000
    /// Of a polynomial kernel.
    package static let polynomialDegree = 1_000
    /// Members of a calibrated ensemble, and their decisions all together.
    package static let calibrationMembers = 1_000
    package static let calibratedDecisions = 1 << 16
    /// `metadata.json` of an exported version.
    package static let exportedMetadataBytes = 4 << 20
    /// Golden inputs of an artifact, all together.
    package static let goldenBytes = 16 << 20
    package static let goldenInputs = 1_000
    /// Golden inputs made at registration when the trainer gives none.
    package static let goldenInputsMade = 32
    /// A control record; anything above is garbage by definition.
    package static let controlRecordBytes = 256 << 10
    package static let statusRecordBytes = 1 << 20
    package static let ledgerRecordBytes = 1 << 20
    /// Nodes of an ONNX graph, and the names of one of them.
    package static let onnxNodes = 65_536
    /// Names in an ONNX graph, all nodes together, and texts of one constant.
    package static let onnxNames = 1 << 20
    /// Whole numbers or texts of one list in an ONNX file.
    package static let onnxListEntries = 1 << 24
    /// Values of one constant in an ONNX file: 256 MiB of doubles.
    package static let onnxTensorValues = 1 << 25
    /// Terms of all formulas that the end of an ONNX graph comes to.
    package static let onnxFormulaTerms = 1 << 22
    /// Columns side by side behind the model, and featurizer specs side by side before it.
    package static let onnxColumns = 1 << 16
    package static let onnxJoinedSpecs = 256
    /// Products that taking the matrices of an ONNX graph into the weights behind them may cost,
    /// all together.
    package static let onnxFoldedProducts = 1 << 26
    /// Hashed feature space: 2^24 doubles are 128 MiB.
    package static let hashedFeatures = 1 << 24
    /// Features of all sources of a spec together, whatever unions they stand in.
    package static let unionFeatures = 1 << 24
    /// Features that all selections of a spec choose from together, each with a table of its own:
    /// 256 MiB.
    package static let selectedFeatures = 1 << 26
    /// Weights of a linear model over the features of its spec, for all its decisions: 512 MiB.
    package static let linearWeights = 1 << 26
    package static let ngramLength = 16
    /// Terms of a tf-idf vocabulary.
    package static let vocabularyTerms = 1 << 22
    /// Words that a spec leaves out of texts.
    package static let stopWords = 1 << 16
    /// Features that stand in memory one beside the other: 2^20 doubles are 8 MiB.
    package static let denseFeatures = 1 << 20
    /// Categories of all columns of one step, and bytes of one that is a text.
    package static let categories = 1 << 18
    package static let categoryBytes = 4 << 10
    /// Numbers of one matrix of a spec: 256 MiB.
    package static let matrixNumbers = 1 << 25
    /// Features that a spec may announce for sparse input.
    package static let sparseFeatures = 1 << 24
    /// Steps of a featurizer spec, in one list.
    package static let featurizerSteps = 32
    /// Unions inside one another.
    package static let unionDepth = 4
    /// Named numeric fields of one featurizer.
    package static let namedFields = 4_096
    /// A name of one of them, dots included, and its parts between dots.
    package static let fieldNameBytes = 256
    package static let fieldNameParts = 8
    /// The highest feature id of a support vector: each thread keeps a double for every one below.
    package static let featureID = 1 << 24
    /// Classes of a model: there is a decision for each pair of them.
    package static let classes = 1_000
    /// `id` of a request in a prediction.
    package static let requestIDBytes = 256
    /// Default and maximum of `limits.request_bytes`.
    package static let requestBytes = 1 << 20
    package static let requestBytesMax = 16 << 20
    /// A record of a stream; above, it is not looked at.
    package static let recordBytes = requestBytesMax
    /// Objects and arrays inside one another, of a record.
    package static let recordDepth = 512
    /// Names of headers that are copied to predictions, and bytes of one.
    package static let copiedHeaders = 16
    package static let copiedHeaderNameBytes = 256
    /// Headers of one prediction, and bytes of their names and values: what is out may be 64,000
    /// predictions, and librdkafka takes some 60 bytes of memory for a header beside those.
    package static let copiedHeadersOfRecord = 32
    package static let copiedHeaderBytes = 4 << 10
    /// Free text of people: reason, note.
    package static let remarkBytes = 4_096
    /// The highest epoch: every JSON reader keeps integers up to 2^53 - 1 exact.
    package static let epoch = (1 << 53) - 1
    /// How far above a registry's own epoch an adoption goes: no honest history is as long, and one
    /// step to the highest epoch would be the last.
    package static let epochLeap = 1 << 40
    /// Classes of a model that settings may name.
    package static let labels = 1_000
    /// A rollout's plan as it is signed, with the settings of its versions, and its steps.
    package static let mandateBytes = 96 << 10
    package static let mandateSteps = 32
    /// How many epochs a signed plan reaches: more than any rollout has, and few enough that
    /// whoever got hold of a controller's key does not use them up.
    package static let mandateEpochs: Int64 = 10_000
    /// Keys of a trust file.
    package static let trustedKeys = 1_000
    package static let trustFileBytes = 1 << 20
    /// A worker's slot in `slots.total`.
    package static let slots = 1_024
    /// A URL that artifacts or tokens come from.
    package static let urlBytes = 2_048
    /// All header lines of one answer of a server.
    package static let answerHeadBytes = 256 << 10
    /// An answer that is only read to learn what is wrong, or a token.
    package static let shortAnswerBytes = 256 << 10
    /// What is kept of an answer that refuses.
    package static let refusalBytes = 64 << 10
    package static let redirects = 5
    /// A file with a secret in it: a password, a token, a private key.
    package static let secretFileBytes = 64 << 10
    /// Of an artifact's signatures, beside its files.
    package static let signatureListBytes = 1 << 20
    /// Of an input topic, as a status record tells them.
    package static let inputPartitions = 1 << 20
}
