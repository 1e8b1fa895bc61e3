/// One SQL statement, lowered from Postgres' parse tree.
package indirect enum Statement: Hashable, Sendable {
    case select(SelectStatement)
    case insert(InsertStatement)
    case update(UpdateStatement)
    case delete(DeleteStatement)
    case merge(MergeStatement)

    case createSchema(CreateSchema)
    case createTable(CreateTable)
    /// CREATE TABLE AS and CREATE MATERIALIZED VIEW.
    case createTableAs(CreateTableAs)
    case createView(CreateView)
    case createIndex(CreateIndex)
    case createSequence(CreateSequence)
    case alterSequence(AlterSequence)
    case createEnum(QualifiedName, labels: [String])
    case alterEnum(AlterEnum)
    case createDomain(CreateDomain)
    /// CREATE TYPE … AS (…).
    case createComposite(QualifiedName, fields: [ColumnDefinition])
    case createRange(CreateRange)
    case createRule(CreateRule)
    /// CREATE STATISTICS: nothing a query can see, but a name.
    case createStatistics(QualifiedName, on: QualifiedName, ifNotExists: Bool)
    case createEventTrigger(CreateEventTrigger)
    case alterEventTrigger(AlterEventTrigger)
    case createCast(CreateCast)
    case dropCast(DropCast)
    /// CREATE TEXT SEARCH CONFIGURATION and DICTIONARY.
    case createTextSearch(CreateTextSearch)
    case alterTextSearchMapping(AlterTextSearchMapping)
    /// ALTER EXTENSION … UPDATE, to a version or to the newest.
    case updateExtension(name: String, version: String?)
    case createExtension(name: String, schema: String?, ifNotExists: Bool)
    case alterTable(AlterTable)
    case rename(Rename)
    case drop(Drop)
    case truncate([QualifiedName], restartIdentity: Bool, cascade: Bool)
    case comment(ObjectKind, name: [String], signature: [TypeName]?, text: String?)
    case grant(Grant)
    case alterDefaultPrivileges(schemas: [String], Grant)
    case createRole(name: String, options: [RoleOption])
    case alterRole(name: String, options: [RoleOption])
    /// DROP OWNED, and REASSIGN OWNED to a role.
    case owned(OwnedObjects)
    case refreshMaterializedView(QualifiedName, concurrently: Bool)

    case createFunction(CreateFunction)
    case createAggregate(CreateAggregate)
    case alterFunction(AlterFunction)
    case createTrigger(CreateTrigger)
    case createPolicy(CreatePolicy)
    case alterPolicy(AlterPolicy)
    case createPublication(Publication)
    case alterPublication(AlterPublication)
    /// ALTER ROLE … SET and ALTER DATABASE … SET; no role: every role.
    case alterRoleSettings(role: String?, SetVariable)
    case alterDatabaseSettings(SetVariable)
    /// CALL of a procedure.
    case call(FunctionCall)
    /// DO with its body.
    case anonymousBlock(String)

    case copyFromStandardInput(CopyFrom)
    case copyToStandardOutput(CopyTo)
    case explain(Explain)
    case prepare(Prepare)
    case executePrepared(String, [Expression])
    /// nil: all of them.
    case deallocate(String?)
    case declareCursor(DeclareCursor)
    case fetch(FetchCursor)
    /// nil: all of them.
    case closeCursor(String?)
    /// `all`, `temp`, `plans`, `sequences`.
    case discard(String)
    case transaction(TransactionCommand)
    case set(SetVariable)
    case show(String)
    case notify(channel: String)
    /// SET CONSTRAINTS; no names: all of them.
    case setConstraints([QualifiedName], isDeferred: Bool)
    /// VACUUM, ANALYZE, LISTEN, LOCK … : what changes nothing that anyone could see here. Its relations must exist.
    case withoutEffect(tag: String, relations: [QualifiedName])
    /// What is not emulated: named, so that the refusal can name it. `tag` is Postgres' node name.
    case unsupported(tag: String)
}

/// BEGIN, COMMIT, ROLLBACK and savepoints.
package enum TransactionCommand: Hashable, Sendable {
    case begin, commit, rollback
    /// COMMIT or ROLLBACK AND CHAIN.
    case chain(isCommit: Bool)
    case savepoint(String)
    case release(String)
    case rollbackTo(String)
}

/// SET name = values; SET LOCAL; RESET (values nil). `SET ROLE x` has the name `role`.
package struct SetVariable: Hashable, Sendable {
    package var name: String
    package var values: [String]?
    package var isLocal: Bool

    package init(name: String, values: [String]?, isLocal: Bool) {
        self.name = name
        self.values = values
        self.isLocal = isLocal
    }
}

/// COPY table (columns) FROM stdin, with the rows that followed it in the script.
package struct CopyFrom: Hashable, Sendable {
    package var table: QualifiedName
    package var columns: [String]
    /// `format`, `delimiter`, `null`, `header` … in lower case.
    package var options: [String: String]
    /// The text between the statement and `\.`, set by the script splitter.
    package var data: String

    package init(table: QualifiedName, columns: [String], options: [String: String] = [:], data: String = "") {
        self.table = table
        self.columns = columns
        self.options = options
        self.data = data
    }
}
