import PostgresSyntax
import PostgresTypes
import TestSupport
import Testing
import World

@testable import PostgresEngine

/// New databases take the baseline's definitions without a check: here is where they are checked.
@Suite struct BaselineTests {
    @Test func everyDefinitionHoldsAndMeansTheSameUnchecked() async throws {
        try await withScratchFolder { folder in
            let database = try PostgresDatabase(path: "\(folder)/a.db", world: .deterministic(), durable: false)
            var catalog = CatalogSnapshot.bootstrap
            for parsed in Script.parse(Baseline.text + Baseline.webhooks) {
                let statement = try parsed.get()
                var editor = CatalogEditor(
                    catalog: catalog, session: Session(), context: ValueContext(now: database.world.now))
                do throws(PostgresError) {
                    try editor.apply(statement.statement)
                } catch {
                    Issue.record("\(error.message) in \(statement.text)")
                }
                catalog = editor.catalog
            }
            #expect(catalog.inventory == database.catalog.inventory)
        }
    }
}
