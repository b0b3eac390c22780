/// Where a version came from, as its trainer says; no digest covers it, and it never changes.
package struct Lineage: Sendable, Equatable, Codable {
    /// Of the training data: a digest or whatever names exactly that data.
    package var trainingData: String?
    /// The revision of the training code.
    package var codeRevision: String?
    package var tool: String?
    package var toolVersion: String?
    package var author: String?

    package init(
        trainingData: String? = nil, codeRevision: String? = nil, tool: String? = nil,
        toolVersion: String? = nil, author: String? = nil
    ) {
        self.trainingData = trainingData
        self.codeRevision = codeRevision
        self.tool = tool
        self.toolVersion = toolVersion
        self.author = author
    }

    /// The fields by name, absent ones left out.
    package var fields: [String: String] {
        var fields: [String: String] = [:]
        fields["training_data"] = trainingData
        fields["code_revision"] = codeRevision
        fields["tool"] = tool
        fields["tool_version"] = toolVersion
        fields["author"] = author
        return fields
    }

    package var json: JSONValue { .object(fields.mapValues { .string($0) }) }

    /// Reads what `json` wrote; unknown fields are passed over.
    package init(_ json: JSONValue) {
        self.init(
            trainingData: json["training_data"]?.string,
            codeRevision: json["code_revision"]?.string,
            tool: json["tool"]?.string, toolVersion: json["tool_version"]?.string,
            author: json["author"]?.string)
    }
}
