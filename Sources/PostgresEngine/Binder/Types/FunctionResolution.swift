import PostgresSyntax
import PostgresTypes

/// A function that a call could mean, with its argument list stretched to the call.
struct FunctionCandidate: Candidate {
    let function: BuiltinFunction
    /// Declared types in the call's order, variadic ones repeated; arguments left to defaults come last.
    var arguments: [TypeID]
    /// How many arguments of the call go into the variadic array; 0: none.
    var expandedVariadic: Int
    var usedDefaults: Int
    /// For named calls: the declared position of each argument.
    var argumentOrder: [Int]?
    /// Position of the schema in the search path.
    var schemaRank: Int
    /// Another function of the same schema takes the same list.
    var isAmbiguous = false
}

/// What `name(arguments)` turned out to be.
enum ResolvedCall {
    case function(FunctionCandidate)
    /// `type(x)`: a cast.
    case cast(TypeID)
    case ambiguous
    case notFound
}

extension Analysis {
    /// The function that a call means (`func_get_detail`).
    func resolveFunction(
        _ name: [String], _ types: [TypeID], names: [String?], expandVariadic: Bool, isLiteral: Bool = true,
        only chosen: FunctionID? = nil
    ) throws(PostgresError) -> ResolvedCall {
        if name.count > 1 {
            guard catalog.hasSchema(name[0]) else { throw BindError.undefinedSchema(name[0]) }
            schemas.insert(name[0])
        }
        var candidates = try functionCandidates(name, count: types.count, names: names, expandVariadic: expandVariadic)
        if let chosen { candidates.removeAll { $0.function.id != chosen } }
        if let exact = candidates.first(where: { $0.arguments.prefix(types.count).elementsEqual(types) }) {
            return exact.isAmbiguous ? .ambiguous : .function(exact)
        }
        if types.count == 1, names.allSatisfy({ $0 == nil }),
            let target = castTarget(name, from: types[0], isLiteral: isLiteral)
        {
            return .cast(target)
        }
        let fitting = self.types.matching(candidates, types)
        if fitting.isEmpty { return .notFound }
        guard let best = fitting.count == 1 ? fitting[0] : self.types.select(fitting, types) else { return .ambiguous }
        return best.isAmbiguous ? .ambiguous : .function(best)
    }

    /// The type that a one-argument call casts to when no function of that name takes the argument exactly.
    private func castTarget(_ name: [String], from source: TypeID, isLiteral: Bool) -> TypeID? {
        guard let target = try? catalog.findType(name, searchPath: searchPath),
            types.kind(of: target) != .composite, types.kind(of: target) != .pseudo
        else { return nil }
        if source == .unknown, isLiteral { return target }
        switch types.pathway(from: source, to: target, .explicit) {
        case .relabel: return target
        case .throughText:
            let isRow = source == .record || types.isComposite(source)
            return isRow && types.isString(target) ? nil : target
        default: return nil
        }
    }

    private func functionCandidates(_ name: [String], count: Int, names: [String?], expandVariadic: Bool)
        throws(PostgresError) -> [FunctionCandidate]
    {
        guard let last = name.last else { return [] }
        var result: [FunctionCandidate] = []
        let isNamed = names.contains { $0 != nil }
        for function in types.functions(named: last) {
            guard let rank = schemaRank(function, schema: name.count > 1 ? name[name.count - 2] : nil) else { continue }
            let declared = function.arguments
            let isVariadic = function.variadic != nil && expandVariadic
            if isNamed && isVariadic { continue }
            if declared.count > count {
                if count + function.defaultCount < declared.count { continue }
            } else if declared.count < count, !isVariadic {
                continue
            }
            var order: [Int]?
            var arguments = declared
            let usedDefaults = max(0, declared.count - count)
            if isNamed {
                guard let found = matchNames(names, function) else { continue }
                order = found
                arguments = found.map { declared[$0] }
            }
            var expanded = 0
            if isVariadic, let element = function.variadic, declared.count <= count {
                expanded = count - declared.count + 1
                arguments.removeLast()
                arguments += Array(repeating: element, count: expanded)
            }
            add(
                FunctionCandidate(
                    function: function, arguments: arguments, expandedVariadic: expanded, usedDefaults: usedDefaults,
                    argumentOrder: order, schemaRank: rank), to: &result)
        }
        return result
    }

    /// Of two candidates with one argument list the earlier schema wins, then the one that is not variadic; otherwise
    /// the call is ambiguous should it come to them.
    private func add(_ candidate: FunctionCandidate, to result: inout [FunctionCandidate]) {
        let given = candidate.arguments.dropLast(candidate.usedDefaults)
        guard
            let index = result.firstIndex(where: { $0.arguments.dropLast($0.usedDefaults).elementsEqual(given) })
        else {
            result.append(candidate)
            return
        }
        let previous = result[index]
        if candidate.schemaRank != previous.schemaRank {
            if candidate.schemaRank < previous.schemaRank { result[index] = candidate }
        } else if candidate.expandedVariadic > 0, previous.expandedVariadic == 0 {
            return
        } else if candidate.expandedVariadic == 0, previous.expandedVariadic > 0 {
            result[index] = candidate
        } else {
            result[index].isAmbiguous = true
        }
    }

    /// Where the function's schema stands in the search path, nil when it is not found there.
    private func schemaRank(_ function: BuiltinFunction, schema: String?) -> Int? {
        guard let place = catalog.schema(of: function) else { return nil }
        if let schema = schema.map(CatalogSnapshot.actualSchema) { return place == schema ? 0 : nil }
        if place == "pg_catalog" {
            return searchPath.firstIndex(of: "pg_catalog").map { $0 + 1 } ?? 0
        }
        // Temporary functions are called by their schema only.
        if place == CatalogSnapshot.temporarySchema { return nil }
        return searchPath.firstIndex(of: place).map { $0 + 1 }
    }

    /// The declared position of each argument of a call with names, those left to defaults last; nil: no match.
    private func matchNames(_ names: [String?], _ function: BuiltinFunction) -> [Int]? {
        guard !function.names.isEmpty else { return nil }
        let inputs = function.inputNames
        let total = function.arguments.count
        var order: [Int] = []
        var used = Set<Int>()
        for (index, name) in names.enumerated() {
            let position: Int
            if let name {
                guard let found = inputs.firstIndex(of: name) else { return nil }
                position = found
            } else {
                position = index
            }
            guard position < total, used.insert(position).inserted else { return nil }
            order.append(position)
        }
        let firstDefault = total - function.defaultCount
        for position in 0..<total where !used.contains(position) {
            guard position >= firstDefault else { return nil }
            order.append(position)
        }
        return order
    }

    /// The default of a declared argument, bound.
    func defaultArgument(_ function: BuiltinFunction, at position: Int) throws(PostgresError) -> TypedExpression {
        if let routine = catalog[function.id], let value = routine.inputs[position].defaultValue {
            return try Binder(catalog: catalog, searchPath: routine.searchPath, context: context)
                .bindParameterDefault(value, type: routine.inputs[position].type)
        }
        let texts = function.defaults.split(separator: ",").map { $0.drop { $0 == " " } }
        let index = position - (function.arguments.count - function.defaultCount)
        let type = function.arguments[position]
        guard texts.indices.contains(index) else {
            throw PostgresError.notSupported("the default of \(function.name)'s argument \(position + 1)")
        }
        let quoted = texts[index].split(separator: "'", omittingEmptySubsequences: false)
        let text = quoted.count > 2 ? String(quoted[1]) : String(texts[index])
        let value = try catalog.postgresType(of: type).decode(text: text, context: context)
        return TypedExpression(.constant(value), type: TypeReference(type))
    }

    /// How messages print a call: the name as written, then the types, named ones with their names.
    func signature(_ name: [String], _ types: [TypeID], names: [String?] = []) -> String {
        let list = types.enumerated().map { index, type in
            (names.indices.contains(index) ? names[index].map { $0 + " => " } ?? "" : "") + typeName(type)
        }
        return name.joined(separator: ".") + "(" + list.joined(separator: ", ") + ")"
    }
}
