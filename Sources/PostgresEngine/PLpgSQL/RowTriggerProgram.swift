import PostgresSyntax
import PostgresTypes
import SQLite

/// The body of a row trigger's function as far as it only looks at the row and sets its fields: `NEW.x := …`, IF and
/// RETURN over values that nothing but the row, the session and the clock decide. It runs without the variables of a
/// `ProcedureRun`, for triggers such as those that keep `updated_at`.
///
/// Where such a run meets anything else, it has had no effect yet: the whole body is then left to a `ProcedureRun`.
struct RowTriggerProgram: Sendable {
    indirect enum Step: Sendable {
        case set(field: Int, Value)
        case branch([(condition: Value, steps: [Step])], otherwise: [Step])
        case giveBack(Row)
        /// What this program does not do.
        case other
    }

    enum Row: Sendable { case new, old, none }

    struct Value: Sendable {
        enum Source: Sendable {
            case constant(SQLValue)
            case new(Int)
            case old(Int)
            case session(SessionValue)
            case computed(GeneratedSQL, [Source], isVolatile: Bool)
        }

        var source: Source
        var type: TypeReference
        /// What it is converted to.
        var target: TypeReference
    }

    /// How a run ended.
    enum Outcome {
        case row([SQLValue]?)
        case unfinished
    }

    let steps: [Step]
    /// Whether a run computes the same again.
    let isRepeatable: Bool

    // MARK: Running

    func run(old: [SQLValue]?, new: [SQLValue], _ transaction: Transaction) throws -> Outcome {
        var row = new
        return try run(steps, old ?? [], &row, transaction) ?? .unfinished
    }

    /// nil: the steps went by without a RETURN.
    private func run(
        _ steps: [Step], _ old: [SQLValue], _ new: inout [SQLValue], _ transaction: Transaction
    ) throws -> Outcome? {
        for step in steps {
            switch step {
            case .set(let field, let value): new[field] = try self.value(value, old, new, transaction)
            case .branch(let branches, let otherwise):
                var chosen = otherwise
                for branch in branches {
                    guard case .integer(let truth) = try value(branch.condition, old, new, transaction), truth != 0
                    else { continue }
                    chosen = branch.steps
                    break
                }
                if let outcome = try run(chosen, old, &new, transaction) { return outcome }
            case .giveBack(.new): return .row(new)
            case .giveBack(.old): return .row(old.isEmpty ? nil : old)
            case .giveBack(.none): return .row(nil)
            case .other: return .unfinished
            }
        }
        return nil
    }

    private func value(
        _ value: Value, _ old: [SQLValue], _ new: [SQLValue], _ transaction: Transaction
    ) throws -> SQLValue {
        let found = try self.value(value.source, old, new, transaction)
        if value.type == value.target { return found }
        return try transaction.convert(found, from: value.type, to: value.target)
    }

    private func value(
        _ source: Value.Source, _ old: [SQLValue], _ new: [SQLValue], _ transaction: Transaction
    ) throws -> SQLValue {
        switch source {
        case .constant(let value): return value
        case .new(let field): return new[field]
        case .old(let field): return field < old.count ? old[field] : .null
        case .session(let value): return transaction.value(of: value)
        case .computed(let generated, let uses, _):
            let parameters = try uses.map { try value($0, old, new, transaction) }
            return try transaction.evaluate(generated, parameters: parameters)[0]
        }
    }
}

extension RowTriggerProgram.Step {
    /// Whether a run may have to be given up here.
    fileprivate var mayEndUnfinished: Bool {
        switch self {
        case .set, .giveBack: false
        case .branch(let branches, let otherwise):
            (branches.flatMap(\.steps) + otherwise).contains(where: \.mayEndUnfinished)
        case .other: true
        }
    }

    /// Whether it computes something that is another value the next time.
    fileprivate var isVolatile: Bool {
        func isVolatile(_ value: RowTriggerProgram.Value) -> Bool {
            if case .computed(_, _, true) = value.source { true } else { false }
        }
        switch self {
        case .set(_, let value): return isVolatile(value)
        case .branch(let branches, let otherwise):
            return branches.contains { isVolatile($0.condition) }
                || (branches.flatMap(\.steps) + otherwise).contains(where: \.isVolatile)
        case .giveBack, .other: return false
        }
    }
}

// MARK: - Making

extension ProcedureRun {
    /// The program of the body for a trigger that fires for rows; nil where it has none.
    func rowProgram(_ context: TriggerContext) -> RowTriggerProgram? {
        guard context.new != nil, body.block.declarations.isEmpty, body.block.handlers.isEmpty else { return nil }
        isTrigger = true
        declare(context)
        let steps = body.block.body.map(step)
        if case .other? = steps.first { return nil }
        // What is computed before a run is given up is computed again.
        let isRepeatable = !steps.contains(where: \.isVolatile)
        if steps.contains(where: \.mayEndUnfinished), !isRepeatable { return nil }
        return RowTriggerProgram(steps: steps, isRepeatable: isRepeatable)
    }

    private func step(_ statement: ProcedureStatement) -> RowTriggerProgram.Step {
        switch statement.kind {
        case .assign(let target, let query):
            guard target.part.isEmpty, case .field(Self.newVariable, let field)? = try? place(target.path),
                target.path.count == 2
            else { return .other }
            let type = type(of: .field(Self.newVariable, field))
            guard TypeSystem(catalog: transaction.catalog).base(of: type) == type,
                let value = value(query, as: type)
            else { return .other }
            return .set(field: field, value)
        case .conditional(let branches, let otherwise):
            var made: [(condition: RowTriggerProgram.Value, steps: [RowTriggerProgram.Step])] = []
            for branch in branches {
                guard let condition = value(branch.condition, as: TypeReference(.bool)) else { return .other }
                made.append((condition, branch.body.map(step)))
            }
            return .branch(made, otherwise: otherwise.map(step))
        case .returnValue(let query?):
            switch try? rowVariable(query) {
            case Self.newVariable?: return .giveBack(.new)
            case (Self.newVariable + 1)?: return .giveBack(.old)
            case .some: return .other
            case nil:
                guard let value = value(query, as: nil), case .constant(.null) = value.source else { return .other }
                return .giveBack(.none)
            }
        case .null: return .branch([], otherwise: [])
        default: return .other
        }
    }

    private func value(_ query: ProcedureQuery, as type: TypeReference?) -> RowTriggerProgram.Value? {
        guard
            let prepared = try? frame.prepared(query.number, query.statement, isExpression: true, result: type),
            prepared.columns.count == 1, !prepared.typed.dependsOnMoment
        else { return nil }
        let uses = prepared.uses.compactMap(source)
        guard uses.count == prepared.uses.count, let source = source(of: prepared, uses) else { return nil }
        let given = prepared.columns[0].type
        return RowTriggerProgram.Value(source: source, type: given, target: type ?? given)
    }

    private func source(
        of prepared: PreparedStatement, _ uses: [RowTriggerProgram.Value.Source]
    ) -> RowTriggerProgram.Value.Source? {
        // With other rights or settings around the call, only what is there already is the same.
        let isPlain = !routine.isSecurityDefiner && routine.settings.isEmpty
        switch prepared.simpleValue {
        case .constant(let value)?: return .constant(value)
        case .use(let index)?: return uses[index]
        case .session(let value)?: return isPlain || value == .now ? .session(value) : nil
        case nil: break
        }
        let types = TypeSystem(catalog: transaction.catalog)
        func isOneValue(_ function: FunctionID) -> Bool {
            transaction.catalog[function] == nil && types.function(function)?.isSet != true
        }
        func isSteady(_ function: FunctionID) -> Bool {
            types.function(function).map { $0.volatility != UInt8(ascii: "v") } ?? false
        }
        guard isPlain, case .query(let generated) = prepared.plan,
            prepared.steps.isEmpty, prepared.typed.accesses.isEmpty, prepared.typed.schemas.isEmpty,
            case .query(let query) = prepared.typed.body, case .select(let select) = query.body,
            query.limit == nil, query.offset == nil, query.commonTables.isEmpty, select.from.isEmpty,
            select.filter == nil, select.having == nil, select.targets.count == 1,
            select.targets[0].usesOnly(isOneValue), !select.targets[0].hasSubquery
        else { return nil }
        return .computed(generated, uses, isVolatile: !select.targets[0].usesOnly(isSteady))
    }

    private func source(_ use: VariableScope.Use) -> RowTriggerProgram.Value.Source? {
        switch use {
        case .field(Self.newVariable, let field): .new(field)
        case .field(Self.newVariable + 1, let field): .old(field)
        // FOUND, and what TG_ variables say of the trigger: no step changes them.
        case .variable(let index) where !frame.variables[index].declared.isRow:
            .constant(frame.variables[index].value)
        default: nil
        }
    }

    /// Where NEW is among the variables, followed by OLD.
    private static let newVariable = 1
}
