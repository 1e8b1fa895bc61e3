import PostgresSyntax
import PostgresTypes
import SQLite

/// The variables of one running routine, and its statements' way to them.
final class RoutineFrame {
    struct Variable: Sendable {
        var declared: DeclaredVariable
        /// Of a plain variable.
        var value = SQLValue.null
        /// Of a row; empty while the whole row is NULL.
        var row: [SQLValue] = []
        /// Of a row: its declared columns, or those a record has taken on.
        var shape: RecordShape?

        init(_ declared: DeclaredVariable) {
            self.declared = declared
            shape = declared.shape
        }
    }

    let transaction: Transaction
    let compiled: CompiledRoutine
    var variables: [Variable] = []
    var names: [String: Int] = [:]
    /// A trigger's transition tables by name.
    var transitions: [String: RoutineRows] = [:]
    private let conflict: ProcedureBody.Conflict
    private var plans: RoutinePlans

    init(_ transaction: Transaction, _ compiled: CompiledRoutine, conflict: ProcedureBody.Conflict) {
        self.transaction = transaction
        self.compiled = compiled
        self.conflict = conflict
        plans = compiled.plans(for: transaction.session)
    }

    var argumentCount: Int { compiled.routine.inputs.count }

    // MARK: Values

    func value(of use: VariableScope.Use) -> SQLValue {
        switch use {
        case .variable(let index):
            let variable = variables[index]
            guard variable.declared.isRow else { return variable.value }
            guard let shape = variable.shape, !variable.row.isEmpty else { return .null }
            return transaction.rowValue(variable.row, shape)
        case .field(let index, let field):
            let row = variables[index].row
            return field < row.count ? row[field] : .null
        case .transition(let name): return PackedRows.pack(transitions[name]?.rows ?? [])
        }
    }

    private func scopeVariable(_ index: Int) -> VariableScope.Variable {
        let variable = variables[index]
        return VariableScope.Variable(
            index: index, name: variable.declared.name,
            type: variable.declared.isRow ? variable.shape?.type ?? TypeReference(.record) : variable.declared.type,
            isRow: variable.declared.isRow, columns: variable.shape?.columns)
    }

    /// The variables in reach, for binding a statement.
    func scope() -> VariableScope {
        let scope = VariableScope(
            conflict: conflict, arguments: (0..<min(argumentCount, variables.count)).map(scopeVariable)
        ) { [self] name in names[name].map(scopeVariable) }
        scope.transitions = transitions.mapValues(\.shape.columns)
        return scope
    }

    // MARK: Statements

    /// The plan of a statement of the routine, as the session and the shapes of its records are now.
    func prepared(
        _ number: Int, _ statement: PostgresSyntax.Statement, isExpression: Bool = false,
        result: TypeReference? = nil
    ) throws -> PreparedStatement {
        if !plans.isCurrent(for: transaction.session) {
            plans = compiled.plans(for: transaction.session)
        }
        let version = transaction.catalog.version
        for plan in plans[number] where plan.statement.catalogVersion == version {
            if plan.shapes.allSatisfy({ use in variables[use.variable].shape.map { $0 == use.shape } ?? false }) {
                return plan.statement
            }
        }
        let scope = scope()
        let session = transaction.session
        let prepared = try PreparedStatement(
            statement, searchPath: session.effectivePath, role: session.role,
            timeZone: session.literalForms, catalog: transaction.catalog,
            context: transaction.valueContext, variables: scope, isExpression: isExpression, result: result)
        if !prepared.typed.dependsOnMoment {
            var shapes: [(variable: Int, shape: RecordShape)] = []
            for use in prepared.uses {
                let index: Int
                switch use {
                case .variable(let variable), .field(let variable, _): index = variable
                case .transition: continue
                }
                if variables[index].declared.isRow, let shape = variables[index].shape,
                    !shapes.contains(where: { $0.variable == index })
                {
                    shapes.append((index, shape))
                }
            }
            plans.keep(RoutinePlans.Plan(statement: prepared, shapes: shapes), for: number)
        }
        return prepared
    }

    /// Runs a prepared statement with the variables as they are.
    @discardableResult
    func run(_ prepared: PreparedStatement, _ body: (SQLite.Statement) throws -> Void) throws -> Int {
        do {
            return try transaction.run(prepared, parameters: prepared.uses.map(value), body)
        } catch {
            throw PostgresError.translated(error)
        }
    }
}

/// Rows with the columns they have.
struct RoutineRows {
    var shape: RecordShape
    var rows: [[SQLValue]] = []
}
