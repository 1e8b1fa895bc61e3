import PostgresTypes

/// Whether an expression has the same value for the same row at all times: what generated columns and indexes demand.
extension TypedExpression {
    /// Functions in SQL count as what they are made of, whatever they were declared. Such bodies are not looked into:
    /// they pass.
    func isImmutable(_ catalog: CatalogSnapshot) -> Bool {
        let types = TypeSystem(catalog: catalog)
        // `text || anynonarray` and its mirror image are such functions too.
        let concatenations = [FunctionID(2003), FunctionID(2004)]
        func isImmutable(_ function: FunctionID) -> Bool {
            if catalog[function]?.language == "sql" || concatenations.contains(function) { return true }
            return types.function(function)?.volatility != UInt8(ascii: "s")
                && types.function(function)?.volatility != UInt8(ascii: "v")
        }
        func isImmutable(_ step: CoercionStep, from source: TypeID, to target: TypeID) -> Bool {
            switch step {
            case .relabel, .length, .domain: true
            case .function(let id): isImmutable(id)
            case .throughText:
                catalog.postgresType(of: source).hasImmutableText && catalog.postgresType(of: target).hasImmutableInput
            case .elements(let inner):
                isImmutable(
                    inner, from: catalog.elementType(of: source) ?? source,
                    to: catalog.elementType(of: target) ?? target)
            case .fields(let steps), .sequence(let steps):
                steps.allSatisfy { isImmutable($0, from: source, to: target) }
            }
        }
        return walk { node, _ in
            let isSteady =
                switch node.node {
                case .session: false
                case .call(let call): isImmutable(call.function)
                case .operation(let node, _, _), .anyAll(let node, _, _, _), .inList(let node, _, _, _),
                    .nullIf(let node, _, _):
                    isImmutable(node.function)
                case .isDistinct(let node, _, _, _): node.map { isImmutable($0.function) } ?? true
                case .rowComparison(_, let nodes, _, _): nodes.allSatisfy { isImmutable($0.function) }
                case .coercion(let step, let value, _):
                    isImmutable(step, from: value.type.type, to: node.type.type)
                default: true
                }
            return isSteady ? .intoChildren : .stop
        }
    }
}

extension PostgresType {
    /// Whether a value's text depends on nothing but the value.
    fileprivate var hasImmutableText: Bool {
        switch self {
        case .date, .timestamp, .timestamptz, .object, .enumeration, .array, .range, .composite, .record, .money: false
        default: true
        }
    }

    /// Whether what a text means as a value depends on nothing but the text.
    fileprivate var hasImmutableInput: Bool {
        switch self {
        case .time, .timetz, .interval: false
        default: hasImmutableText
        }
    }
}
