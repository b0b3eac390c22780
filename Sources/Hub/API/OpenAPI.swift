import Lifecycle
import Operations

/// The OpenAPI 3.1 document of the operations, as programs read it.
enum OpenAPI {
    static func document(of operations: [HubOperation], version: String) -> JSONValue {
        var paths: [String: [String: JSONValue]] = [:]
        var forms = JSONTypeSchema(definitions: "#/components/schemas/")
        for operation in operations {
            paths[operation.path, default: [:]][operation.method.lowercased()] = entry(
                operation, answering: form(of: operation, &forms))
        }
        paths[HubEvents.path] = ["get": events]
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Swerve hub", "version": .string(version),
                "description": .string(
                    "The registry and the fleet of a team. Every error is a problem document with a "
                        + "code that never gets another meaning."),
            ],
            "paths": .object(paths.mapValues { .object($0) }),
            "security": [["token": []]],
            "components": [
                "securitySchemes": [
                    "token": [
                        "type": "http", "scheme": "bearer",
                        "description":
                            "A token of the registry's, or one that the configured issuer signed.",
                    ]
                ],
                "schemas": .object(forms.named.merging(["Problem": problem]) { $1 }),
                "responses": [
                    "Problem": [
                        "description": "What was asked is not done, and why.",
                        "content": .object([
                            HubProblem.contentType: [
                                "schema": ["$ref": "#/components/schemas/Problem"]
                            ]
                        ]),
                    ]
                ],
            ],
        ]
    }

    /// What an operation answers, with what the API adds to its result.
    private static func form(
        of operation: HubOperation, _ forms: inout JSONTypeSchema
    ) -> JSONValue {
        // A test holds that each of them has a form.
        var form = (try? operation.form(&forms)) ?? ["type": "object"]
        if operation.paging != nil {
            let next: JSONValue = [
                "type": "string",
                "description":
                    "the cursor of the page that follows; as long as it is there, there are more",
            ]
            form = ["allOf": [form, ["type": "object", "properties": ["next": next]]]]
        }
        if operation.isSigned, let prepared = try? forms.schema(of: PreparedChange.self) {
            form = [
                "anyOf": [
                    form,
                    [
                        "type": "object", "required": ["prepared"],
                        "properties": ["prepared": prepared],
                    ],
                ]
            ]
        }
        return form
    }

    private static func entry(
        _ operation: HubOperation, answering form: JSONValue
    ) -> JSONValue {
        let type = operation.raw?.answerType ?? "application/json"
        var responses: [String: JSONValue] = [
            "200": [
                "description": .string(operation.summary),
                "content": .object([type: ["schema": form]]),
            ]
        ]
        for (status, meaning) in operation.raw?.statuses ?? [:] {
            responses["\(status)"] = ["description": .string(meaning)]
        }
        for status in operation.problems {
            responses["\(status)"] = ["$ref": "#/components/responses/Problem"]
        }
        var parameters: [JSONValue] = operation.parameters.map { name in
            [
                "name": .string(name), "in": "path", "required": true,
                "schema": ["type": "string", "minLength": 1],
            ]
        }
        parameters += operation.query.map { field in
            [
                "name": .string(field.name), "in": "query", "required": .bool(field.isRequired),
                "description": .string(field.meaning), "schema": .object(schema(field)),
            ]
        }
        parameters += headers(of: operation).map { name, meaning in
            [
                "name": .string(name), "in": "header", "required": false,
                "description": .string(meaning), "schema": ["type": "string"],
            ]
        }
        var fields: [String: JSONValue] = [
            "operationId": .string(operation.name), "summary": .string(operation.summary),
            "description": .string(
                "Needs the role \(operation.right.rawValue), for the models that it is about."),
            "parameters": .array(parameters), "responses": .object(responses),
        ]
        if operation.takesBody { fields["requestBody"] = body(operation.body) }
        if let body = operation.raw?.body {
            fields["requestBody"] = [
                "required": true, "content": .object([body.type: ["schema": body.schema]]),
            ]
        }
        return .object(fields)
    }

    /// What no operation is: an answer without an end.
    private static let events: JSONValue = {
        var responses: [String: JSONValue] = [
            "200": [
                "description": .string(
                    "Server-sent events: 'audit' with the number of the entry as its id, 'fleet' at "
                        + "the beginning, then 'fleet-changed' and 'fleet-fault', and 'reset' where "
                        + "the chain is shorter than the place to go on from."),
                "content": ["text/event-stream": ["schema": ["type": "string"]]],
            ]
        ]
        for status in HubProblem.statusesOfAll {
            responses["\(status)"] = ["$ref": "#/components/responses/Problem"]
        }
        return [
            "operationId": "events", "summary": "All that happens, as it happens.",
            "description": "Needs the role reader.",
            "parameters": [
                [
                    "name": "after", "in": "query", "required": false,
                    "description": "the number of the last entry that was heard; now without",
                    "schema": ["type": "integer", "minimum": 0],
                ],
                [
                    "name": "Last-Event-ID", "in": "header", "required": false,
                    "description": "the same, as browsers send it",
                    "schema": ["type": "string"],
                ],
            ],
            "responses": .object(responses),
        ]
    }()

    /// Of the request's head, what the operation reads.
    private static func headers(
        of operation: HubOperation
    ) -> [(name: String, meaning: String)] {
        var headers = operation.raw?.headers ?? []
        if operation.isChange {
            headers.append(
                (
                    "Idempotency-Key",
                    "what is asked twice under one within a day is done once, and answered alike"
                ))
        }
        if operation.body.contains(where: { $0.name == "expected_epoch" }) {
            headers.append(("If-Match", "the ETag of the deployment that was decided upon"))
        }
        return headers
    }

    private static func body(_ fields: [HubOperation.Field]) -> JSONValue {
        let required = fields.filter(\.isRequired).map { JSONValue.string($0.name) }
        var properties: [String: JSONValue] = [:]
        for field in fields {
            var property = schema(field)
            property["description"] = .string(field.meaning)
            properties[field.name] = .object(property)
        }
        var whole: [String: JSONValue] = [
            "type": "object", "additionalProperties": false, "properties": .object(properties),
        ]
        if !required.isEmpty { whole["required"] = .array(required) }
        return [
            "required": .bool(!required.isEmpty),
            "content": ["application/json": ["schema": .object(whole)]],
        ]
    }

    private static func schema(_ field: HubOperation.Field) -> [String: JSONValue] {
        guard field.kind != .version else { return ["type": ["integer", "string"]] }
        var schema: [String: JSONValue] = ["type": .string(field.kind.rawValue)]
        schema["minimum"] = field.range.map { .int(Int64($0.lowerBound)) }
        schema["maximum"] = field.range.map { .int(Int64($0.upperBound)) }
        return schema
    }

    private static let problem: JSONValue = [
        "type": "object", "required": ["type", "status", "code", "title", "detail"],
        "properties": [
            "type": ["type": "string"], "status": ["type": "integer"],
            "code": ["type": "string"], "title": ["type": "string"],
            "detail": ["type": "string"], "error": ["type": "object"],
        ],
    ]
}
