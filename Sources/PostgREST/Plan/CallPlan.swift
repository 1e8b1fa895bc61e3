import JSONText
import PostgresEngine
import PostgresSyntax
import PostgresTypes
import SQLite

/// A call of a function as FROM has it: every argument a parameter of the type declared.
struct CallPlan: Sendable {
    struct Argument: Sendable {
        /// nil: the one parameter that has no name.
        var name: String?
        var value: ParameterValue
        var type: TypeName
    }

    /// What the rows of the result are.
    enum Result: Sendable {
        case nothing
        /// One column without a name of its own: `valueName` in conditions, orders and selects.
        case value
        case row
    }

    /// What the only column of values is called.
    static let valueName = "pgrst_scalar"

    var routine: Routine
    var arguments: [Argument]
    var isVariadic = false
    var result: Result

    init(
        _ routine: Routine, _ given: CallArguments, takesWhole: Bool, catalog: CatalogSnapshot
    ) throws(RestError) {
        self.routine = routine
        arguments = []
        if takesWhole, let body = given.whole {
            let type = routine.inputs[0].type.type
            let value: ParameterValue =
                type == .bytea ? .value(.blob(body)) : .text(String(decoding: body, as: UTF8.self))
            arguments.append(Argument(name: nil, value: value, type: catalog.reference(to: type)))
        } else {
            for parameter in routine.inputs {
                guard let name = parameter.name, let value = given.named.first(where: { $0.name == name })?.value else {
                    continue
                }
                let isVariadic = parameter.mode == .variadic
                arguments.append(
                    Argument(
                        name: name, value: Self.value(value, isVariadic: isVariadic),
                        type: catalog.reference(to: parameter.type.type)))
                if isVariadic { self.isVariadic = true }
            }
        }
        // One OUT parameter is enough for a row, as in PostgREST.
        let isRow = !routine.outputs.isEmpty || catalog.columns(ofRowType: routine.result.type) != nil
        result = routine.result.type == .void ? .nothing : isRow ? .row : .value
    }

    private static func value(_ value: CallArguments.Value, isVariadic: Bool) -> ParameterValue {
        switch value {
        case .json(let json): return json.isNull ? .text(nil) : .json(json)
        case .texts(let texts):
            guard isVariadic else { return .text(texts.last) }
            return .text(ConditionBuilder.arrayLiteral(texts))
        }
    }

    /// Whether it may write.
    var isVolatile: Bool { routine.volatility == .volatile }

    /// The relation whose rows it returns, or one that stands for its columns.
    func relation(in catalog: CatalogSnapshot) -> Relation {
        if routine.outputs.isEmpty, let relation = catalog.relation(ofRowType: catalog.base(of: routine.result.type)) {
            return relation
        }
        let columns =
            switch result {
            case .row where !routine.outputs.isEmpty:
                routine.outputs.map { OutputColumn(name: $0.name ?? "", type: $0.type) }
            case .row: catalog.resultColumns(of: routine)
            case .value, .nothing:
                [OutputColumn(name: Self.valueName, type: routine.returnsAnyRecord ? .init(.json) : routine.result)]
            }
        let view = View(
            columns: columns, query: SelectStatement(.values([])), searchPath: [], rowType: .record)
        return Relation(
            id: RelationID(0), schema: routine.schema, name: routine.name, owner: routine.owner, kind: .view(view))
    }
}

extension ConditionBuilder {
    /// The call as an item of FROM.
    mutating func call(_ plan: CallPlan, alias: String) -> FromItem {
        let arguments = plan.arguments.map { argument in
            FunctionCall.Argument(
                Expression(.cast(parameter(argument.value), argument.type)), name: argument.name)
        }
        var call = FunctionCall(name: [plan.routine.schema, plan.routine.name], arguments: arguments)
        call.isVariadic = plan.isVariadic
        var alias = Alias(alias)
        if case .row = plan.result {} else { alias.columns = [CallPlan.valueName] }
        if plan.routine.returnsAnyRecord {
            // What the columns of a record are nobody said: it is one value, an object by what it says itself.
            let target = Target(Self.call("to_json", [Expression(.call(call))]), alias: CallPlan.valueName)
            return .subquery(
                SelectStatement(.select(PlainSelect(targets: [target]))), alias: alias, isLateral: false)
        }
        return .functions([call], alias: alias, withOrdinality: false, isLateral: false, columns: [])
    }
}

extension CatalogSnapshot {
    /// A type's name as a statement can write it.
    func reference(to type: TypeID) -> TypeName {
        if let user = types[type] { return TypeName([user.schema, user.name]) }
        let builtin = BuiltinCatalog.shared.type(type)
        let schema = builtin?.extensionName.flatMap(schema(ofExtension:)) ?? "pg_catalog"
        return TypeName([schema, builtin?.name ?? "text"])
    }

    /// What a domain is over in the end; other types are their own base.
    func base(of type: TypeID) -> TypeID {
        guard case .domain(let domain)? = types[type]?.kind else { return type }
        return base(of: domain.base.type)
    }

    /// The columns of a named row type, nil for any other type.
    func columns(ofRowType type: TypeID) -> [OutputColumn]? {
        switch types[type]?.kind {
        case .composite(let fields): fields.map { OutputColumn(name: $0.name, type: $0.type) }
        case .row(let relation): relations[relation]?.columns
        case .domain(let domain): columns(ofRowType: domain.base.type)
        default: nil
        }
    }
}
