import AgentTools
import AltanCloud
import Foundation
import JSONText
import Testing
import World

/// A stored secret's value may stand in `control.db`, in a worker's environment and in the one reply that hands it over.
@Suite struct SecrecyTests {
    @Test func aSecretIsInNoReplyLogOrJournal() async throws {
        let value = "hush-hush-\"quoted\""
        let short = "4711"
        try await PlatformFixture.with { f in
            let toolbox = f.toolbox
            var replies: [JSON] = []
            func call(_ name: String, _ arguments: JSON) async {
                replies.append(await toolbox.call(name: name, arguments: arguments, caller: f.caller).json)
            }
            let request = await toolbox.call(
                name: "create_authorization_request", arguments: ["custom_secrets": ["PIN"]], caller: f.caller)
            let id = try #require(request.json["id"])
            _ = try await ControlPlane(f.platform).completeAuthorizationRequest(
                id.stringValue ?? "", ["provided_secrets": ["PIN": .string(short)]])
            // The handing over itself is the one reply that may show it; its journal line may not.
            let handover = await toolbox.call(
                name: "get_authorization_request", arguments: ["id": id], caller: f.caller)
            #expect(handover.json["meta_data"]?["provided_secrets"]?["PIN"]?.stringValue == short)

            await call("upsert_secret", ["key": "PIN", "value": .string(short)])
            await call("upsert_secret", ["key": "PIN IS WRONG", "value": .string(short)])
            await call("upsert_secret", ["key": "TOKEN", "value": .string(value), "description": .string(value)])
            await call("upsert_secret", ["key": .string(value), "value": "x"])
            await call("list_secrets", [:])
            f.runtime.print(onImport: ["starting with \(value)"])
            await call("create_service", ["service_name": "a", "code": "c"])
            f.runtime.fail(
                with: DeployFailure(
                    stage: .import, message: "bad token \(value)", traceback: "Traceback\nToken \(value)",
                    hint: "not \(value)", importLog: [value]))
            await call("create_service", ["service_name": "a", "code": "d"])
            await call("create_service", ["service_name": "b", "code": "d"])
            f.platform.logs.append(line: "print \(value)", service: "a", cloud: f.cloudID, requestID: nil)
            for tool in [
                "get_project", "get_cloud", "list_services", "get_service_logs", "list_authorization_requests",
            ] {
                await call(tool, [:])
            }
            await call("get_service", ["name": "b"])
            await call("execute_sql", ["query": .string("select '\(value)'")])
            replies.append(try await ControlPlane(f.platform).secrets(f.cloudID))
            replies.append(try await ControlPlane(f.platform).services(f.cloudID))

            let escaped = String(JSON.string(value).text.dropFirst().dropLast())
            for reply in replies {
                let text = reply.text
                #expect(!text.contains(escaped) && !text.contains(value), "\(text)")
            }
            await f.platform.logs.flush()
            await f.platform.journal.flush()
            let files = try FileManager.default.subpathsOfDirectory(atPath: f.folder)
                .filter { !$0.hasPrefix("control.db") }
            #expect(files.contains("journal/journal.jsonl"))
            for file in files {
                guard let text = try? String(contentsOfFile: f.folder + "/" + file, encoding: .utf8) else { continue }
                #expect(!text.contains("hush-hush"), "\(file)")
                #expect(!text.contains("\"\(short)\""), "\(file)")
            }
        }
    }
}
