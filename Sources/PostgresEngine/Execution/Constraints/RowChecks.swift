import PostgresSyntax
import PostgresTypes
import SQLite
import Synchronization

/// A condition on written rows: `TypedRowCheck` over row image 0, made ready for SQLite when it is first looked at by
/// itself.
final class RowCheck: Sendable {
    let typed: TypedRowCheck
    private let image: RangeEntry
    private let generator: SQLGenerator
    private let generated = Mutex<GeneratedSQL?>(nil)

    init(_ typed: TypedRowCheck, over image: RangeEntry, _ generator: SQLGenerator) {
        self.typed = typed
        self.image = image
        self.generator = generator
    }

    var message: String { typed.message }
    var code: String { typed.code }
    var isOfView: Bool { typed.isOfView }

    func condition() throws(PostgresError) -> GeneratedSQL {
        if let known = generated.withLock({ $0 }) { return known }
        let made = try generator.expressions([typed.condition], rowImages: [0], ranges: [image])
        generated.withLock { $0 = made }
        return made
    }
}

extension [RowCheck] {
    /// Whether what they read are the tables as the statement found them, so that all rows have to be looked at before
    /// the first one is written: subqueries and STABLE functions do. What a VOLATILE function reads is as it is now;
    /// for subqueries beside one the tables are copied.
    func readAsOfStart(_ catalog: CatalogSnapshot) -> Bool {
        var called: Set<CreateFunction.Volatility> = []
        var hasSubquery = false
        for check in self where !check.isOfView {
            check.typed.condition.walk { node, _ in
                switch node.node {
                case .subquery: hasSubquery = true
                case .call(let call): if let routine = catalog[call.function] { called.insert(routine.volatility) }
                default: break
                }
                return .intoChildren
            }
        }
        return !called.contains(.volatile) && (hasSubquery || called.contains(.stable))
    }
}

extension SQLGenerator {
    func rowChecks(_ checks: [TypedRowCheck], over row: RangeEntry) -> [RowCheck] {
        checks.map { RowCheck($0, over: row, self) }
    }
}

/// One statement that says whether a row breaks any of what the statement and the table ask of it: it has a row then.
/// Which of them it breaks is found out one by one, in Postgres' order.
struct RowVerdict: Sendable {
    let sql: String
    /// Where the values of `?1`, `?2` … come from: constants, then the session's or a row's.
    let bindings: [Binding]

    /// nil where the conditions are not to be computed twice for a row that is refused: they call functions of users,
    /// which may do anything, or cannot be computed.
    /// - Parameters:
    ///   - required: conditions that have to be true.
    ///   - unlessFalse: conditions that must not be false.
    init?(
        required: [TypedExpression], unlessFalse: [TypedExpression], over image: RangeEntry, _ catalog: CatalogSnapshot
    ) {
        guard (required + unlessFalse).allSatisfy({ $0.isHarmless(catalog) }) else { return nil }
        let generator = SQLGenerator(catalog: catalog)
        guard
            let generated = try? generator.violations(required: required, unlessFalse: unlessFalse, over: image)
        else { return nil }
        for binding in generated.bindings {
            switch binding {
            case .constant, .session, .row: continue
            case .parameter, .step: return nil
            }
        }
        sql = generated.sql
        bindings = generated.bindings
    }
}

extension TypedExpression {
    /// Whether computing it does nothing but give a value: it calls no function of a user.
    func isHarmless(_ catalog: CatalogSnapshot) -> Bool { usesOnly { catalog[$0] == nil } }

    /// Whether all functions that it uses, operators and casts included, are of one kind; with no more than tables
    /// behind its subqueries, and no domains.
    func usesOnly(_ isAllowed: (FunctionID) -> Bool) -> Bool {
        func isAllowedStep(_ step: CoercionStep) -> Bool {
            switch step {
            case .relabel, .length, .throughText: true
            case .domain: false
            case .function(let id): isAllowed(id)
            case .elements(let inner): isAllowedStep(inner)
            case .fields(let steps), .sequence(let steps): steps.allSatisfy(isAllowedStep)
            }
        }
        return walk { node, _ in
            let isFine =
                switch node.node {
                case .aggregate, .window: false
                case .subquery(let subquery): subquery.query.readsTablesOnly
                case .call(let call): isAllowed(call.function)
                case .operation(let node, _, _), .anyAll(let node, _, _, _), .inList(let node, _, _, _),
                    .nullIf(let node, _, _):
                    isAllowed(node.function)
                case .isDistinct(let node, _, _, _): node.map { isAllowed($0.function) } ?? true
                case .rowComparison(_, let nodes, _, _): nodes.allSatisfy { isAllowed($0.function) }
                case .coercion(let step, _, _): isAllowedStep(step)
                default: true
                }
            return isFine ? .intoChildren : .stop
        }
    }
}

extension TypedQuery {
    /// Whether its rows come from tables, or from nowhere.
    fileprivate var readsTablesOnly: Bool {
        guard commonTables.isEmpty, case .select(let select) = body else { return false }
        return select.ranges.allSatisfy { if case .table = $0.source { true } else { false } }
    }
}
