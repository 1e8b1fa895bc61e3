import PostgresSyntax

extension PostgresSyntax.Statement {
    /// Postgres' command tag of a statement that returns no count.
    var definitionTag: String {
        switch self {
        case .createSchema: "CREATE SCHEMA"
        case .createTable: "CREATE TABLE"
        case .createTableAs(let definition):
            definition.isMaterializedView ? "CREATE MATERIALIZED VIEW" : "CREATE TABLE AS"
        case .createView: "CREATE VIEW"
        case .createIndex: "CREATE INDEX"
        case .createSequence: "CREATE SEQUENCE"
        case .alterSequence: "ALTER SEQUENCE"
        case .createEnum, .createComposite, .createRange: "CREATE TYPE"
        case .createRule: "CREATE RULE"
        case .alterEnum: "ALTER TYPE"
        case .createDomain: "CREATE DOMAIN"
        case .createExtension: "CREATE EXTENSION"
        case .updateExtension: "ALTER EXTENSION"
        case .createStatistics: "CREATE STATISTICS"
        case .createEventTrigger: "CREATE EVENT TRIGGER"
        case .alterEventTrigger: "ALTER EVENT TRIGGER"
        case .createCast: "CREATE CAST"
        case .dropCast: "DROP CAST"
        case .createTextSearch(let definition): "CREATE \(definition.kind.rawValue.uppercased())"
        case .alterTextSearchMapping: "ALTER TEXT SEARCH CONFIGURATION"
        case .explain: "EXPLAIN"
        case .prepare: "PREPARE"
        case .deallocate(let name): name == nil ? "DEALLOCATE ALL" : "DEALLOCATE"
        case .declareCursor: "DECLARE CURSOR"
        case .fetch(let fetch): fetch.isMove ? "MOVE" : "FETCH"
        case .closeCursor(let name): name == nil ? "CLOSE CURSOR ALL" : "CLOSE CURSOR"
        case .discard(let what): "DISCARD \(what.uppercased())"
        case .transaction(.chain(let isCommit)): isCommit ? "COMMIT" : "ROLLBACK"
        case .alterTable(let change): "ALTER \(change.kind.rawValue.uppercased())"
        case .rename(let change): "ALTER \(change.kind == .column ? "TABLE" : change.kind.rawValue.uppercased())"
        case .drop(let drop): "DROP \(drop.kind.rawValue.uppercased())"
        case .truncate: "TRUNCATE TABLE"
        case .comment: "COMMENT"
        case .grant(let grant):
            switch grant.objects {
            case .roles: grant.isGrant ? "GRANT ROLE" : "REVOKE ROLE"
            default: grant.isGrant ? "GRANT" : "REVOKE"
            }
        case .alterDefaultPrivileges: "ALTER DEFAULT PRIVILEGES"
        case .createRole: "CREATE ROLE"
        case .alterRole: "ALTER ROLE"
        case .owned(let objects): objects.newOwner == nil ? "DROP OWNED" : "REASSIGN OWNED"
        case .refreshMaterializedView: "REFRESH MATERIALIZED VIEW"
        case .createFunction(let function): function.isProcedure ? "CREATE PROCEDURE" : "CREATE FUNCTION"
        case .createAggregate: "CREATE AGGREGATE"
        case .alterFunction(let change): "ALTER \(change.kind.rawValue.uppercased())"
        case .alterPolicy: "ALTER POLICY"
        case .createPublication: "CREATE PUBLICATION"
        case .alterPublication: "ALTER PUBLICATION"
        case .alterRoleSettings: "ALTER ROLE"
        case .alterDatabaseSettings: "ALTER DATABASE"
        case .call: "CALL"
        case .createTrigger: "CREATE TRIGGER"
        case .createPolicy: "CREATE POLICY"
        case .anonymousBlock: "DO"
        case .transaction(.begin): "BEGIN"
        case .transaction(.commit): "COMMIT"
        case .transaction(.rollback), .transaction(.rollbackTo): "ROLLBACK"
        case .transaction(.savepoint): "SAVEPOINT"
        case .transaction(.release): "RELEASE"
        case .set(let variable): variable.values == nil ? "RESET" : "SET"
        case .show: "SHOW"
        case .notify: "NOTIFY"
        case .setConstraints: "SET CONSTRAINTS"
        case .withoutEffect(let tag, _): tag
        case .merge: "MERGE"
        case .select, .insert, .update, .delete, .copyFromStandardInput, .copyToStandardOutput, .executePrepared,
            .unsupported:
            ""
        }
    }
}
