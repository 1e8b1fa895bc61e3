import AltanCloud
import JSONText
import Testing

@testable import AgentTools

@Suite struct SchemaTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var json: JSON
        /// What is wrong, or nil when nothing is.
        var problem: String?
        var testDescription: String { json.text }
    }

    static let properties: [Schema.Property] = [
        .required("service_name", .string, alias: "name", "The name."),
        .optional("tail", .integer(1...10), "How many."),
        .optional("requirements", .array(.string), "Which."),
        .optional("flag", .boolean, "Whether."),
    ]

    @Test(arguments: [
        Case(json: ["service_name": "a"]),
        Case(json: ["name": "a"]),
        Case(json: ["name": "a", "service_name": "a", "tail": .null]),
        Case(json: ["name": "a", "service_name": "b"], problem: "name differs from service_name: they mean the same."),
        Case(json: .null, problem: "service_name is required: The name.."),
        Case(json: [:], problem: "service_name is required: The name.."),
        Case(json: ["service_name": ""], problem: "service_name must not be empty."),
        Case(json: ["service_name": 1], problem: "service_name must be a text, not a number."),
        Case(json: ["service_name": "a", "tail": 0], problem: "tail must be from 1 to 10."),
        Case(json: ["service_name": "a", "tail": "5"], problem: "tail must be a whole number, not a text."),
        Case(json: ["service_name": "a", "requirements": "x"], problem: "requirements must be a list, not a text."),
        Case(
            json: ["service_name": "a", "requirements": ["x", 1]],
            problem: "requirements[1] must be a text, not a number."),
        Case(json: ["service_name": "a", "flag": 1], problem: "flag must be true or false, not a number."),
        Case(
            json: ["service_name": "a", "tial": 1],
            problem: "tial is not an argument; there are: service_name, tail, requirements, flag."),
        Case(json: [1], problem: "arguments must be an object, not a list."),
    ])
    func argumentsAreCheckedAndErrorsSayWhatToDo(test: Case) {
        var problem: String?
        do { _ = try ToolArguments(test.json, for: Self.properties) } catch { problem = error.detail }
        #expect(problem == test.problem)
    }

    @Test func theRenderingNamesWhatIsRequired() {
        let json = Schema.object(Self.properties).json
        #expect(json["required"] == ["service_name"])
        #expect(
            json["properties"]?["tail"] == ["type": "integer", "minimum": 1, "maximum": 10, "description": "How many."])
        // It would be false: `name` is taken too.
        #expect(json["additionalProperties"] == nil)
    }
}
