import Lifecycle

/// The OpenAPI 3.1 document of the operations, as programs read it.
enum OpenAPI {
    static func document(of operations: [HubOperation], version: String) -> JSONValue {
        var paths: [String: [String: JSONValue]] = [:]
        for operation in operations {
            paths[operation.path, default: [:]][operation.method.lowercased()] = entry(operation)
        }
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
                "schemas": ["Problem": problem],
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

    private static func entry(_ operation: HubOperation) -> JSONValue {
        var responses: [String: JSONValue] = [
            "200": [
                "description": .string(operation.summary),
                "content": ["application/json": ["schema": ["type": "object"]]],
            ]
        ]
        for status in HubProblem.statuses {
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
                "description": .string(field.meaning), "schema": schema(field.kind),
            ]
        }
        var fields: [String: JSONValue] = [
            "operationId": .string(operation.name), "summary": .string(operation.summary),
            "description": .string(
                "Needs the role \(operation.right.rawValue), for the models that it is about."),
            "parameters": .array(parameters), "responses": .object(responses),
        ]
        if operation.takesBody { fields["requestBody"] = body(operation.body) }
        return .object(fields)
    }

    private static func body(_ fields: [HubOperation.Field]) -> JSONValue {
        let required = fields.filter(\.isRequired).map { JSONValue.string($0.name) }
        var properties: [String: JSONValue] = [:]
        for field in fields {
            var property = schema(field.kind).object ?? [:]
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

    private static func schema(_ kind: HubOperation.Field.Kind) -> JSONValue {
        kind == .version
            ? ["type": ["integer", "string"]] : ["type": .string(kind.rawValue)]
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
