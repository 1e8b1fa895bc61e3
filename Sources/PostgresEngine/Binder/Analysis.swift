import PostgresSyntax
import PostgresTypes

/// One binding of one statement (Postgres' parse analysis): what its stages share.
final class Analysis {
    let catalog: CatalogSnapshot
    let types: TypeSystem
    let searchPath: [String]
    let context: ValueContext
    let parameters: ParameterTypes
    var accesses: [TableAccess] = []
    /// Modifications in WITH.
    var steps: [TypedStep] = []
    /// The next call bound is CALL's own, and so of a procedure.
    var callsProcedure = false
    /// Schemas that calls name.
    var schemas: Set<String> = []
    /// Whether a literal meant a moment that passes: `'now'`, `'today'` …
    var dependsOnMoment = false
    /// When the literals of a stored definition were read that say `now` or the like.
    var keptMoments: [String: Int64] = [:]
    /// Views being expanded, outermost first: a guard against a definition that reaches itself.
    let views: [RelationID]
    /// The role that uses of relations are checked as: a view's owner inside a view, nil: whoever asks.
    let checkedAs: String?
    /// The variables of the routine that the statement stands in.
    let variables: VariableScope?

    init(
        catalog: CatalogSnapshot, searchPath: [String], context: ValueContext, parameters: ParameterTypes,
        views: [RelationID] = [], checkedAs: String? = nil, variables: VariableScope? = nil
    ) {
        self.catalog = catalog
        types = TypeSystem(catalog: catalog)
        self.searchPath = searchPath
        self.context = context
        self.parameters = parameters
        self.views = views
        self.checkedAs = checkedAs
        self.variables = variables
    }

    func typeName(_ type: TypeID) -> String { types.name(type, searchPath: searchPath) }

    /// Notes a use of a relation; the index is for adding the columns used.
    func addAccess(_ relation: RelationID, _ privilege: TableAccess.Privilege) -> Int {
        accesses.append(TableAccess(relation: relation, privilege: privilege, checkedAs: checkedAs))
        return accesses.count - 1
    }

    /// Notes that columns of a range are read.
    func markUsed(_ range: Int, _ columns: some Swift.Sequence<Int>, in scope: QueryScope) {
        guard let access = scope.accesses[range] else { return }
        accesses[access].columns.formUnion(columns)
    }
}
