import PostgresSyntax
import PostgresTypes

/// Binds the expressions that definitions hold: defaults, CHECKs, generated columns, index keys.
struct ColumnExpressions {
    let catalog: CatalogSnapshot
    let context: ValueContext

    /// What is stored means the same to everyone: its literals are read in the database's own time zone.
    init(catalog: CatalogSnapshot, context: ValueContext) {
        self.catalog = catalog
        self.context = context.inDatabaseZone
    }

    private func binder(_ path: [String]) -> Binder {
        Binder(catalog: catalog, searchPath: path, context: context)
    }

    /// An index key over a table's columns.
    func bindKey(
        _ expression: Expression, over table: RelationID, path: [String]
    ) throws(PostgresError) -> TypedExpression {
        try binder(path).bindExpression(expression, overTable: table, purpose: .indexExpression)
    }

    /// The default of a column, or what generates it.
    func bind(
        _ expression: Expression, over table: RelationID?, column: Column, path: [String]
    ) throws(PostgresError) -> TypedExpression {
        try binder(path).bindExpression(
            expression, overTable: table, target: OutputColumn(name: column.name, type: column.type),
            purpose: column.generated == nil ? .columnDefault : .generated)
    }

    /// The new value of a column whose type changes.
    func bindConversion(
        _ expression: Expression, over table: RelationID, column: Column, path: [String]
    ) throws(PostgresError) -> TypedExpression {
        try binder(path).bindExpression(
            expression, overTable: table, target: OutputColumn(name: column.name, type: column.type))
    }

    func bindCheck(
        _ expression: Expression, over table: RelationID?, path: [String]
    ) throws(PostgresError) -> TypedExpression {
        try binder(path).bindCondition(expression, overTable: table, purpose: .check)
    }

    /// The WHERE of a partial index.
    func bindFilter(
        _ expression: Expression, over table: RelationID, path: [String]
    ) throws(PostgresError) -> TypedExpression {
        try binder(path).bindCondition(expression, overTable: table, purpose: .indexPredicate)
    }

    /// What holds of two rows that exclude each other: the stored one as range 0, the new one as range 1.
    func bindExclusion(
        _ exclusion: ExclusionDefinition, over table: RelationID, path: [String]
    ) throws(PostgresError) -> TypedExpression {
        try binder(path).bindExclusion(exclusion, over: table)
    }

    func bindPolicy(
        _ expression: PolicyExpression, over table: RelationID
    ) throws(PostgresError) -> Binder.BoundPolicy {
        try binder(expression.path).bindPolicy(expression.value, over: table)
    }

    /// A domain's CHECK over VALUE.
    func bindDomainCheck(
        _ expression: Expression, base: TypeReference, path: [String]
    ) throws(PostgresError) -> TypedExpression {
        try binder(path).bindDomainCheck(expression, valueType: base)
    }
}
