import JSONText
import Testing

@testable import ServiceRuntime

@Suite struct MergedOpenAPITests {
    private func document(_ path: String, _ reference: String, schemas: JSON, tags: JSON = []) -> JSON {
        [
            "openapi": "3.1.0", "info": ["title": "x", "version": "0.1.0"],
            "paths": .object([.init(path, ["get": ["schema": ["$ref": .string("#/components/schemas/\(reference)")]]])]
            ),
            "components": ["schemas": schemas], "tags": tags,
        ]
    }

    private func merged(_ services: [String: JSON]) -> JSON {
        mergedOpenAPI(title: "Services", server: "/services", services: services)
    }

    @Test func equalSchemasAreOne() {
        let result = merged([
            "a": document("/api/a/x", "Task", schemas: ["Task": ["type": "object"]]),
            "b": document("/api/b/x", "Task", schemas: ["Task": ["type": "object"]]),
        ])
        #expect(result["components"] == ["schemas": ["Task": ["type": "object"]]])
        #expect(result["paths"]?.objectValue?.map(\.key) == ["/api/a/x", "/api/b/x"])
        #expect(result["servers"] == [["url": "/services"]])
    }

    @Test func differentSchemasBearTheirServicesName() {
        let result = merged([
            "a": document("/api/a/x", "Task", schemas: ["Task": ["type": "object"], "Own": ["type": "null"]]),
            "b": document("/api/b/x", "Task", schemas: ["Task": ["type": "string"]]),
        ])
        #expect(
            result["components"] == [
                "schemas": ["Own": ["type": "null"], "a__Task": ["type": "object"], "b__Task": ["type": "string"]]
            ])
        #expect(
            result["paths"]?["/api/b/x"]?["get"]?["schema"]?["$ref"] == "#/components/schemas/b__Task")
    }

    @Test func aSchemaThatRefersToADifferentOneDiffersToo() {
        let list: JSON = ["items": ["$ref": "#/components/schemas/Task"]]
        let result = merged([
            "a": document("/api/a/x", "List", schemas: ["List": list, "Task": ["type": "object"]]),
            "b": document("/api/b/x", "List", schemas: ["List": list, "Task": ["type": "string"]]),
        ])
        let schemas = result["components"]?["schemas"]
        #expect(schemas?.objectValue?.map(\.key) == ["a__List", "a__Task", "b__List", "b__Task"])
        #expect(schemas?["b__List"]?["items"]?["$ref"] == "#/components/schemas/b__Task")
    }

    @Test func securitySchemesAreRenamedWhereTheyAreNamed() {
        func service(_ path: String, _ scheme: JSON) -> JSON {
            [
                "paths": .object([.init(path, ["get": ["security": [["Key": []]]]])]),
                "components": ["securitySchemes": ["Key": scheme]],
            ]
        }
        let result = merged(["a": service("/a", ["in": "header"]), "b": service("/b", ["in": "query"])])
        #expect(result["paths"]?["/a"]?["get"]?["security"] == [["a__Key": []]])
        #expect(result["components"]?["securitySchemes"]?.objectValue?.map(\.key) == ["a__Key", "b__Key"])
    }

    @Test func servicesWithoutASchemaAreLeftOut() {
        let result = merged(["a": .null])
        #expect(result["paths"] == [:])
        #expect(result["components"] == nil)
    }
}
