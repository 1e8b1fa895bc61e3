import PostgresSyntax
import PostgresTypes
import SQLite
import World

/// How far a conversion may go: in operators and calls, in assignments to columns, in casts that were written.
enum CoercionContext: Int, Comparable {
    case implicit, assignment, explicit

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// A way from one type to another, as `pg_cast` and the general rules give it.
indirect enum Pathway: Equatable {
    case relabel
    /// A cast function; with two or more arguments it applies the modifier as well.
    case function(FunctionID, argumentCount: Int)
    case elements
    case throughText
}

extension TypeSystem {
    /// The pathway between two types (domains count as what they are over), nil when there is none at that level.
    func pathway(from source: TypeID, to target: TypeID, _ context: CoercionContext) -> Pathway? {
        let source = base(of: source)
        let target = base(of: target)
        if source == target { return .relabel }
        if let cast = builtin.cast(from: source, to: target), cast.extensionName.map(catalog.hasExtension) ?? true {
            let needed: CoercionContext =
                switch cast.context {
                case .implicit: .implicit
                case .assignment: .assignment
                case .explicit: .explicit
                }
            // A row decides alone: when it forbids the conversion here, text is no way round it.
            guard context >= needed else { return nil }
            return switch cast.method {
            case .function: .function(cast.function, argumentCount: cast.argumentCount)
            case .binary: .relabel
            case .throughText: .throughText
            }
        }
        if !catalog.casts.isEmpty, let cast = catalog.casts[CastKey(from: source, to: target)] {
            let needed: CoercionContext =
                switch cast.context {
                case .implicit: .implicit
                case .assignment: .assignment
                case .explicit: .explicit
                }
            guard context >= needed else { return nil }
            return switch cast.method {
            case .function(let function): .function(function, argumentCount: 1)
            case .binary: .relabel
            case .throughText: .throughText
            }
        }
        // Enums and arrays of any make reach their polymorphic rows (anyarray to anycompatible) through coerce only.
        if target != .oidvector, target != .int2vector, let sourceElement = element(of: source),
            let targetElement = element(of: target), pathway(from: sourceElement, to: targetElement, context) != nil
        {
            return .elements
        }
        if context >= .assignment, isString(target) { return .throughText }
        if context >= .explicit, isString(source) { return .throughText }
        return nil
    }

    func canCoerce(_ source: TypeID, to target: TypeID, _ context: CoercionContext) -> Bool {
        guard target.polymorphicFamily == nil else { return canCoerce([source], to: [target], context) }
        return isConvertible(source, to: target, context)
    }

    /// Whether a value converts to a type that is not polymorphic.
    private func isConvertible(_ source: TypeID, to target: TypeID, _ context: CoercionContext) -> Bool {
        if source == target || target == .any || source == .unknown { return true }
        if pathway(from: source, to: target, context) != nil { return true }
        if source == .record, isComposite(target) { return true }
        if target == .record, isComposite(source) { return true }
        if target == .recordArray, let element = element(of: source), isComposite(element) { return true }
        return false
    }

    /// Whether all arguments convert to the declared types; polymorphic ones must also agree with each other.
    func canCoerce(_ sources: [TypeID], to targets: [TypeID], _ context: CoercionContext) -> Bool {
        var isPolymorphic = false
        for (source, target) in zip(sources, targets) {
            if source == target || target == .any { continue }
            if target.polymorphicFamily != nil {
                isPolymorphic = true
            } else if !isConvertible(source, to: target, context) {
                return false
            }
        }
        return !isPolymorphic || isConsistent(actual: sources, declared: targets)
    }
}

extension Analysis {
    /// Converts to a type at a level, its modifier included; nil when the types do not allow it.
    func convert(_ value: TypedExpression, to target: TypeReference, _ context: CoercionContext)
        throws(PostgresError) -> TypedExpression?
    {
        guard types.canCoerce(value.type.type, to: target.type, context) else { return nil }
        if case .collate(let inner, let collation) = value.node {
            guard let converted = try convert(inner, to: target, context) else { return nil }
            return TypedExpression(.collate(converted, collation), type: converted.type)
        }
        let converted = try coerce(value, to: target.type, modifier: target.modifier, context)
        return applyLength(converted, target, context)
    }

    /// Converts to a type that `canCoerce` has allowed. Untyped literals go through the type's input function now.
    func coerce(_ value: TypedExpression, to target: TypeID, modifier: Int32 = -1, _ context: CoercionContext)
        throws(PostgresError) -> TypedExpression
    {
        let source = value.type.type
        if source == target { return value }
        if target == .any { return value }
        if target.polymorphicFamily != nil {
            switch target {
            case .anyelement, .anynonarray, .anycompatible, .anycompatiblenonarray: return value
            default:
                if source != .unknown {
                    let base = types.base(of: source)
                    return base == source
                        ? value
                        : TypedExpression(.coercion(.relabel, value, isExplicit: false), type: TypeReference(base))
                }
            }
        }
        if source == .unknown {
            switch value.node {
            case .constant(let literal):
                let base = types.base(of: TypeReference(target, modifier: modifier))
                let constant = try decode(literal, as: base)
                return base.type == target ? constant : toDomain(constant, base: base, target, context)
            case .parameter(let number):
                return try parameters.determine(number, as: target) { typeName($0) }
            default: break
            }
        }
        if case .collate(let inner, let collation) = value.node {
            let converted = try coerce(inner, to: target, modifier: modifier, context)
            return TypedExpression(.collate(converted, collation), type: converted.type)
        }
        if let pathway = types.pathway(from: source, to: target, context) {
            return try follow(pathway, value, to: target, modifier: modifier, context)
        }
        if source == .record, types.isComposite(target) { return try toComposite(value, target, context) }
        if target == .record || target == .recordArray { return value }
        if source == .unknown {
            // An untyped column of a subquery: its text is read when it is there.
            return TypedExpression(
                .coercion(.throughText, value, isExplicit: context == .explicit), type: TypeReference(target))
        }
        throw BindError.cannotCast(typeName(source), typeName(target))
    }

    private func follow(
        _ pathway: Pathway, _ value: TypedExpression, to target: TypeID, modifier: Int32, _ context: CoercionContext
    ) throws(PostgresError) -> TypedExpression {
        let isExplicit = context == .explicit
        if pathway == .relabel {
            if types.isDomain(target) {
                let base = types.base(of: TypeReference(target))
                let atBase =
                    types.base(of: value.type.type) == value.type.type
                    ? value
                    : TypedExpression(
                        .coercion(.relabel, value, isExplicit: false), type: types.base(of: value.type))
                let relabelled =
                    atBase.type.type == base.type
                    ? atBase
                    : TypedExpression(.coercion(.relabel, atBase, isExplicit: false), type: TypeReference(base.type))
                return toDomain(relabelled, base: base, target, context)
            }
            return TypedExpression(.coercion(.relabel, value, isExplicit: isExplicit), type: TypeReference(target))
        }
        let base = types.base(of: TypeReference(target, modifier: modifier))
        let step: CoercionStep
        var type = TypeReference(base.type)
        switch pathway {
        case .relabel: step = .relabel
        case .throughText: step = .throughText
        case .function(let function, _) where catalog[function] != nil:
            let call = FunctionCallNode(function: function, arguments: [value])
            let result = TypedExpression(
                .call(call), type: types.function(function).map { TypeReference($0.result) } ?? type)
            return base.type == target ? result : toDomain(result, base: base, target, context)
        case .function(let function, let argumentCount):
            step = .function(function)
            if argumentCount > 1 { type.modifier = base.modifier }
        case .elements:
            guard let source = types.baseElement(of: value.type.type), let element = types.element(of: base.type) else {
                throw BindError.cannotCast(typeName(value.type.type), typeName(target))
            }
            step = .elements(
                try elementStep(from: source, to: TypeReference(element, modifier: base.modifier), context))
            type.modifier = base.modifier
        }
        let result = TypedExpression(.coercion(step, value, isExplicit: isExplicit), type: type)
        return base.type == target ? result : toDomain(result, base: base, target, context)
    }

    /// What happens to each element of an array: the same conversion, read off a stand-in.
    private func elementStep(from source: TypeID, to target: TypeReference, _ context: CoercionContext)
        throws(PostgresError) -> CoercionStep
    {
        let standIn = TypedExpression(.outputColumn(-1), type: TypeReference(source))
        var node = try convert(standIn, to: target, context) ?? standIn
        var steps: [CoercionStep] = []
        while case .coercion(let step, let inner, _) = node.node {
            // Outermost first; a step that changes type must know its target, which only relabels may lose.
            steps.insert(step, at: 0)
            node = inner
        }
        return steps.count == 1 ? steps[0] : .sequence(steps)
    }

    /// The length coercion: nothing when the modifier is right already.
    func applyLength(_ value: TypedExpression, _ target: TypeReference, _ context: CoercionContext) -> TypedExpression {
        if value.type.modifier == target.modifier { return value }
        let step: CoercionStep = target.modifier < 0 ? .relabel : .length(target.modifier)
        return TypedExpression(.coercion(step, value, isExplicit: context == .explicit), type: target)
    }

    private func toDomain(
        _ value: TypedExpression, base: TypeReference, _ domain: TypeID, _ context: CoercionContext
    ) -> TypedExpression {
        let sized = applyLength(value, base, context)
        return TypedExpression(
            .coercion(.domain(domain), sized, isExplicit: context == .explicit), type: TypeReference(domain))
    }

    /// `ROW(…)` to a named row type: field by field.
    private func toComposite(_ value: TypedExpression, _ target: TypeID, _ context: CoercionContext)
        throws(PostgresError) -> TypedExpression
    {
        let (source, targetName) = (typeName(value.type.type), typeName(target))
        guard let fields = types.fields(of: target), case .row(let values) = value.node else {
            throw BindError.cannotCast(source, targetName)
        }
        var converted: [TypedExpression] = []
        for (index, field) in fields.enumerated() {
            guard index < values.count else {
                throw BindError.cannotCast(source, targetName, detail: "Input has too few columns.")
            }
            guard let part = try convert(values[index], to: field.type, context) else {
                throw BindError.cannotCast(
                    source, targetName,
                    detail:
                        "Cannot cast type \(typeName(values[index].type.type)) to \(typeName(field.type.type)) in column \(index + 1)."
                )
            }
            converted.append(part)
        }
        if values.count > fields.count {
            throw BindError.cannotCast(source, targetName, detail: "Input has too many columns.")
        }
        let base = types.base(of: target)
        let row = TypedExpression(.row(converted), type: TypeReference(base))
        return base == target ? row : toDomain(row, base: TypeReference(base), target, context)
    }

    /// An untyped literal through its type's input function.
    private func decode(_ literal: SQLValue, as target: TypeReference) throws(PostgresError) -> TypedExpression {
        let type = TypeReference(target.type, modifier: target.type == .interval ? target.modifier : -1)
        guard case .text(let text) = literal else { return TypedExpression(.constant(literal), type: type) }
        if target.type.polymorphicFamily != nil || target.type == .any {
            throw BindError.notImplemented("cannot accept a value of type \(typeName(target.type))")
        }
        if target.type == .record {
            throw BindError.notImplemented("input of anonymous composite types is not implemented")
        }
        let valueType = catalog.postgresType(of: target.type)
        var context = context
        if case .object = valueType { context.objects = CatalogNames(catalog, searchPath) }
        if valueType.isTemporal, text.meansPassingMoment {
            if let moment = keptMoments[text] {
                context.now = Timestamp(microseconds: moment)
            } else {
                dependsOnMoment = true
            }
        }
        let value = try valueType.decode(text: text, modifier: type.modifier, context: context)
        if let zone = context.definitionZone, valueType.isTemporal {
            try checkZone(zone, of: text, valueType, type, context)
        }
        return TypedExpression(.constant(value), type: type)
    }

    /// Refuses a moment in a definition that only sessions of this zone would read as it is meant.
    private func checkZone(
        _ zone: TimeZoneRules, of text: String, _ valueType: PostgresType, _ type: TypeReference,
        _ context: ValueContext
    ) throws(PostgresError) {
        var (own, utc) = (context, context)
        own.timeZone = zone
        utc.timeZone = .utc
        let read = try valueType.decode(text: text, modifier: type.modifier, context: own)
        guard try valueType.decode(text: text, modifier: type.modifier, context: utc) != read else { return }
        throw .notSupported(
            "the \(typeName(type.type)) '\(text)' without a zone, in a definition under timezone \"\(zone.name)\",")
    }
}

/// The text of a `regclass` literal: identifiers with dots, folded to lower case unless quoted.
enum ObjectNameText {
    static func split(_ text: String) throws(PostgresError) -> [String] {
        var parts: [String] = []
        var current = ""
        var isQuoted = false
        var wasQuoted = false
        var rest = Substring(text)
        while let character = rest.popFirst() {
            if isQuoted {
                if character != "\"" {
                    current.append(character)
                } else if rest.first == "\"" {
                    current.append("\"")
                    rest.removeFirst()
                } else {
                    isQuoted = false
                }
            } else if character == "\"" {
                isQuoted = true
                wasQuoted = true
            } else if character == "." {
                parts.append(current)
                current = ""
                wasQuoted = false
            } else if !character.isWhitespace || wasQuoted {
                current.append(contentsOf: character.lowercased())
            }
        }
        parts.append(current)
        if isQuoted || parts.contains("") { throw PostgresError("42602", "invalid name syntax") }
        return parts
    }
}

extension PostgresType {
    /// Dates and times, and what holds them.
    fileprivate var isTemporal: Bool {
        switch self {
        case .date, .time, .timetz, .timestamp, .timestamptz: true
        case .array(let element): element.isTemporal
        case .range(let kind), .multirange(let kind): kind == .daterange || kind == .tsrange || kind == .tstzrange
        case .composite: true
        default: false
        }
    }
}
