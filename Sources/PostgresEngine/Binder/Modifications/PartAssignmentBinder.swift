import PostgresSyntax
import PostgresTypes

/// Assignments to parts of columns: `c[1] = …`, `c.field = …` and both in turn.
extension Analysis {
    /// What a column holds once a part of it is set.
    ///
    /// - Parameter current: what it holds before: the column in UPDATE, NULL in INSERT, or what another assignment to
    ///   a part of the same column has made of it.
    func assign(
        _ value: TypedExpression, toPart steps: [PartStep], of current: TypedExpression, column: String,
        in scope: QueryScope
    ) throws(PostgresError) -> TypedExpression {
        try assigned(value, current, current.type, column, steps[...], isElement: false, in: scope)
    }

    /// DEFAULT stands for a whole column only.
    func refuseDefault(forPart steps: [PartStep]) throws(PostgresError) {
        switch steps.first {
        case .subscripts?: throw BindError.notImplemented("cannot set an array element to DEFAULT")
        case .field?: throw BindError.notImplemented("cannot set a subfield to DEFAULT")
        case nil: break
        }
    }

    /// - Parameter name: the column or field that the rest of the way starts from, for messages.
    private func assigned(
        _ value: TypedExpression, _ current: TypedExpression, _ type: TypeReference, _ name: String,
        _ steps: ArraySlice<PartStep>, isElement: Bool, in scope: QueryScope
    ) throws(PostgresError) -> TypedExpression {
        let result: TypedExpression
        switch steps.first {
        case nil:
            guard let converted = try convert(value, to: type, .assignment) else {
                throw BindError.wrongPartType(
                    name, type: typeName(type.type), expression: typeName(value.type.type), isElement: isElement)
            }
            return converted
        case .field(let field)?:
            let base = types.base(of: type.type)
            guard let fields = types.fields(of: base) else {
                throw BindError.noFields(field, of: name, type: typeName(type.type))
            }
            guard let index = fields.firstIndex(where: { $0.name == field }) else {
                throw BindError.noSuchField(field, of: name, type: typeName(type.type))
            }
            let row = relabelled(current, as: TypeReference(base))
            let inner = try assigned(
                value, row.field(index, of: fields[index].type), fields[index].type, field, steps.dropFirst(),
                isElement: false, in: scope)
            result = row.with(.field(index), inner)
        case .subscripts(let subscripts)?:
            let bound = try resolveSubscripts(subscripts, of: current, in: scope)
            let inner = try assigned(
                value, bound.value, bound.type, name, steps.dropFirst(), isElement: true, in: scope)
            result = bound.container.with(bound.part, inner)
        }
        guard types.isDomain(type.type) else { return result }
        guard let domain = try convert(result, to: type, .assignment) else {
            throw BindError.cannotCast(typeName(result.type.type), typeName(type.type))
        }
        return domain
    }

    private func relabelled(_ value: TypedExpression, as type: TypeReference) -> TypedExpression {
        value.type.type == type.type
            ? value : TypedExpression(.coercion(.relabel, value, isExplicit: false), type: type)
    }
}

extension TypedExpression {
    /// The value with a part replaced. Of two values for one field the later one counts.
    fileprivate func with(_ part: TypedPart, _ value: TypedExpression) -> TypedExpression {
        if case .withPart(let inner, part, _) = node, case .field = part {
            return TypedExpression(.withPart(inner, part, value: value), type: type)
        }
        return TypedExpression(.withPart(self, part, value: value), type: type)
    }

    /// A field of a row, seen through what replaced fields of it.
    fileprivate func field(_ index: Int, of type: TypeReference) -> TypedExpression {
        if case .withPart(let inner, .field(let replaced), let value) = node {
            return replaced == index ? value : inner.field(index, of: type)
        }
        return TypedExpression(.field(self, index), type: type)
    }
}
