package import PostgresSyntax
import PostgresTypes
import World

extension PostgresDatabase {
    /// What can be done to the rows of a relation, whoever asks: to a table's everything, to a view's what Postgres
    /// makes of it by itself, else what its triggers do instead.
    package func modifications(of relation: Relation) -> Set<CreateTrigger.Event> {
        let all: Set<CreateTrigger.Event> = [.insert, .update, .delete]
        if relation.table != nil { return all }
        guard relation.view?.isMaterialized == false else { return [] }
        let context = ValueContext(now: world.now, timeZone: .utc)
        do throws(PostgresError) {
            _ = try UpdatableView(relation, verb: "update", catalog: catalog, context: context)
            return all
        } catch {
            let instead = relation.triggers.filter { $0.definition.timing == .insteadOf }
            return all.intersection(instead.flatMap(\.definition.events) + relation.rules.map(\.event))
        }
    }
}
