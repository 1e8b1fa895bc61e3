import JSONText
import PostgresEngine
import PostgresSyntax

/// The statement of a POST, PUT, PATCH or DELETE.
struct MutationQuery: Sendable {
    var statement: PostgresSyntax.Statement
    var parameters: [ParameterValue]
    /// The rows come back in this shape.
    var hiddenCount: Int
    var children: [ReadQuery.Child]
    /// How to sort them.
    var order: [SortKey]
    /// Hidden columns, counted from the first hidden one, that are all true of a row that is shown.
    var tests: Range<Int>

    /// A hidden column, counted from the first hidden one, that the returned rows are sorted by.
    struct SortKey: Sendable {
        var column: Int
        var isDescending: Bool
        var nullsFirst: Bool
    }

    /// What the statement returns.
    enum Returning {
        case nothing
        /// The columns of `headers-only`'s Location.
        case columns([String])
        /// The representation.
        case plan(ReadPlan)
    }

    static func insert(
        _ payload: Payload, into relation: Relation, catalog: CatalogSnapshot, onConflict: OnConflict?,
        appliesDefaults: Bool, returning: Returning
    ) -> MutationQuery {
        var builder = ConditionBuilder(catalog: catalog)
        let rows = payload.rows.map { row in
            zip(payload.columns, row).map { column, value -> Expression in
                if value == nil, appliesDefaults { return Expression(.defaultValue) }
                return builder.body(value ?? .null, for: column, of: relation)
            }
        }
        let shape = Shape(returning, relation, &builder)
        let statement = InsertStatement(
            table: QualifiedName(schema: relation.schema, relation.name), columns: payload.columns,
            source: payload.columns.isEmpty ? nil : SelectStatement(.values(rows)), onConflict: onConflict,
            returning: shape.targets)
        return shape.query(.insert(statement), builder, catalog)
    }

    /// `{}` for every row: DEFAULT VALUES.
    static func insertDefaults(
        into relation: Relation, catalog: CatalogSnapshot, returning: Returning
    ) -> MutationQuery {
        var builder = ConditionBuilder(catalog: catalog)
        let shape = Shape(returning, relation, &builder)
        let statement = InsertStatement(
            table: QualifiedName(schema: relation.schema, relation.name), returning: shape.targets)
        return shape.query(.insert(statement), builder, catalog)
    }

    static func update(
        _ payload: Payload, plan: ReadPlan, catalog: CatalogSnapshot, appliesDefaults: Bool, returning: Returning
    ) -> MutationQuery {
        var builder = ConditionBuilder(catalog: catalog)
        let row = payload.rows.first ?? []
        let assignments = zip(payload.columns, row).map { column, value -> Assignment in
            if value == nil, appliesDefaults { return Assignment(column: column, value: Expression(.defaultValue)) }
            return Assignment(
                column: column, value: builder.body(value ?? .null, for: column, of: plan.relation))
        }
        let shape = Shape(returning, plan.relation, &builder)
        let statement = UpdateStatement(
            table: QualifiedName(schema: plan.relation.schema, plan.relation.name), assignments: assignments,
            filter: builder.filter(of: rootOnly(plan)), returning: shape.targets)
        return shape.query(.update(statement), builder, catalog)
    }

    static func delete(plan: ReadPlan, catalog: CatalogSnapshot, returning: Returning) -> MutationQuery {
        var builder = ConditionBuilder(catalog: catalog)
        let shape = Shape(returning, plan.relation, &builder)
        let statement = DeleteStatement(
            table: QualifiedName(schema: plan.relation.schema, plan.relation.name),
            filter: builder.filter(of: rootOnly(plan)), returning: shape.targets)
        return shape.query(.delete(statement), builder, catalog)
    }

    /// Inner embeds narrow what is returned, never what is modified.
    private static func rootOnly(_ plan: ReadPlan) -> ReadPlan {
        var plan = plan
        for index in plan.embeds.indices { plan.embeds[index].isInner = false }
        return plan
    }

    private struct Shape {
        var targets: [Target]
        var hiddenCount: Int
        var rowShape: (RowShape, ReadPlan)?

        init(_ returning: Returning, _ relation: Relation, _ builder: inout ConditionBuilder) {
            switch returning {
            case .nothing:
                targets = []
                hiddenCount = 0
            case .columns(let names):
                targets = names.map { Target(Expression(.column([relation.name, $0]))) }
                hiddenCount = 0
            case .plan(let plan):
                let keys = plan.order.map { ReadQuery.sortKey($0, plan, builder) }
                let tests = builder.innerTests(of: plan)
                let shape = RowShape(plan, builder: &builder, sortKeys: keys, tests: tests)
                targets = shape.targets
                hiddenCount = shape.hiddenCount
                rowShape = (shape, plan)
            }
        }

        func query(
            _ statement: PostgresSyntax.Statement, _ builder: ConditionBuilder, _ catalog: CatalogSnapshot
        ) -> MutationQuery {
            MutationQuery(
                statement: statement, parameters: builder.parameters.values, hiddenCount: hiddenCount,
                children: rowShape.map { $0.0.children(of: $0.1, in: catalog) } ?? [],
                order: rowShape.map { shape, plan in
                    zip(plan.order, shape.sortKeys).map { order, column in
                        // As in Postgres nulls count as larger than any value.
                        SortKey(
                            column: column, isDescending: order.term.isDescending,
                            nullsFirst: order.term.nullsFirst ?? order.term.isDescending)
                    }
                } ?? [],
                tests: rowShape?.0.tests ?? 0..<0)
        }
    }
}

extension ConditionBuilder {
    /// A value of a body, through the function that reads the column's values where there is one.
    fileprivate mutating func body(_ value: JSON, for column: String, of relation: Relation) -> Expression {
        guard let reader = catalog.input(of: column, in: relation) else { return parameter(.json(value)) }
        let document = value.isNull ? ParameterValue.json(.null) : .text(value.text)
        let argument = Expression(.cast(parameter(document), TypeName(["pg_catalog", "json"])))
        return Expression(.call(FunctionCall(name: reader, arguments: [.init(argument)])))
    }
}
