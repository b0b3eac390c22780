/// The names of the five topics of a run.
struct DemoTopics {
    let input, output, deadLetters, control, status: String

    /// - Parameter prefix: keeps apart what runs on the same brokers.
    init(prefix: String) {
        input = "\(prefix)raw_requests"
        output = "\(prefix)predictions"
        deadLetters = "\(prefix)predictions.dlq"
        control = "\(prefix)swerve.control"
        status = "\(prefix)swerve.status"
    }

    var all: [String] { [input, output, deadLetters, control, status] }
}
