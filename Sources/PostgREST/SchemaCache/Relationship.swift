import PostgresEngine

/// A way from one relation to another along foreign keys, seen from `source`.
struct Relationship: Sendable, Hashable {
    enum Cardinality: String, Sendable {
        case oneToMany = "one-to-many"
        case manyToOne = "many-to-one"
        case oneToOne = "one-to-one"
        case manyToMany = "many-to-many"

        /// PostgREST lists candidates in this order.
        fileprivate var rank: Int {
            switch self {
            case .oneToMany: 0
            case .manyToOne: 1
            case .oneToOne: 2
            case .manyToMany: 3
            }
        }
    }

    /// A column here and the one it equals there.
    struct ColumnPair: Sendable, Hashable {
        var near: String
        var far: String

        var swapped: ColumnPair { ColumnPair(near: far, far: near) }
    }

    /// The table or view between two others, with the foreign keys to both.
    struct Junction: Sendable, Hashable {
        var relation: RelationID
        var schema: String
        var name: String
        var sourceConstraint: String
        var targetConstraint: String
        /// Near: the source's columns; far: the junction's.
        var sourceColumns: [ColumnPair]
        /// Near: the junction's columns; far: the target's.
        var targetColumns: [ColumnPair]
    }

    /// A computed relationship's function, which takes a row here and returns the rows there.
    struct Function: Sendable, Hashable {
        var schema: String
        var name: String
    }

    var source: RelationID
    var target: RelationID
    var sourceName: String
    var targetName: String
    var cardinality: Cardinality
    /// Empty where there is a junction.
    var constraint: String
    /// Empty where there is a junction.
    var columns: [ColumnPair]
    var junction: Junction?
    var isTargetView: Bool
    var isSourceView: Bool
    /// Seen from the table that the foreign key refers to.
    var isInverse = false
    /// In place of a constraint and columns.
    var function: Function?

    var isSelf: Bool { source == target }
    var isToOne: Bool { cardinality == .manyToOne || cardinality == .oneToOne }

    /// The same foreign key seen from the other side.
    var inverse: Relationship {
        var other = self
        (other.source, other.target) = (target, source)
        (other.sourceName, other.targetName) = (targetName, sourceName)
        (other.isSourceView, other.isTargetView) = (isTargetView, isSourceView)
        other.columns = columns.map(\.swapped)
        other.isInverse = !isInverse
        other.cardinality = cardinality == .manyToOne ? .oneToMany : cardinality
        return other
    }

    /// PostgREST's order of the relationships of one relation: by target, cardinality, constraint and columns, or by
    /// junction, its two constraints and their columns.
    static func precedes(_ left: Relationship, _ right: Relationship) -> Bool {
        if left.targetName != right.targetName { return left.targetName < right.targetName }
        if left.cardinality != right.cardinality { return left.cardinality.rank < right.cardinality.rank }
        return left.sortKey.lexicographicallyPrecedes(right.sortKey)
    }

    private var sortKey: [String] {
        func names(_ pairs: [ColumnPair]) -> [String] { pairs.flatMap { [$0.near, $0.far] } }
        guard let junction else { return [constraint] + names(columns) }
        return [junction.schema, junction.name, junction.sourceConstraint, junction.targetConstraint]
            + names(junction.sourceColumns) + names(junction.targetColumns)
    }

    /// How PGRST201 describes it.
    var candidate: RestError.Candidate {
        let relationship: String
        let hint: String
        if let function {
            return RestError.Candidate(
                cardinality: cardinality.rawValue, embedding: "\(sourceName) with \(targetName)",
                relationship: "\(function.schema).\(function.name)(\(sourceName))", proposal: function.name)
        }
        if let junction {
            let near = junction.sourceColumns.map(\.far).joined(separator: ", ")
            let far = junction.targetColumns.map(\.near).joined(separator: ", ")
            relationship =
                "\(junction.name) using \(junction.sourceConstraint)(\(near)) and \(junction.targetConstraint)(\(far))"
            hint = junction.name
        } else {
            let near = columns.map(\.near).joined(separator: ", ")
            let far = columns.map(\.far).joined(separator: ", ")
            relationship = "\(constraint) using \(sourceName)(\(near)) and \(targetName)(\(far))"
            hint = constraint
        }
        return RestError.Candidate(
            cardinality: cardinality.rawValue,
            embedding: "\(sourceName) with \(targetName)",
            relationship: relationship,
            proposal: "\(targetName)!\(hint)"
        )
    }
}
