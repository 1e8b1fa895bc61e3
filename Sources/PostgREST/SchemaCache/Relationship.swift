import PostgresEngine

/// A way from one relation to another along foreign keys, seen from `source`.
struct Relationship: Sendable, Hashable {
    enum Cardinality: String, Sendable {
        case manyToOne = "many-to-one"
        case oneToMany = "one-to-many"
        case oneToOne = "one-to-one"
        case manyToMany = "many-to-many"
    }

    /// A column here and the one it equals there.
    struct ColumnPair: Sendable, Hashable {
        var near: String
        var far: String
    }

    /// The table between two others, with the foreign keys to both.
    struct Junction: Sendable, Hashable {
        var relation: RelationID
        var name: String
        var sourceConstraint: String
        var targetConstraint: String
        /// Near: the source's columns; far: the junction's.
        var sourceColumns: [ColumnPair]
        /// Near: the junction's columns; far: the target's.
        var targetColumns: [ColumnPair]
    }

    var source: RelationID
    var target: RelationID
    var sourceName: String
    var targetName: String
    var cardinality: Cardinality
    var constraint: String
    /// Empty where there is a junction.
    var columns: [ColumnPair]
    var junction: Junction?
    var isTargetView: Bool

    var isSelf: Bool { source == target }
    var isToOne: Bool { cardinality == .manyToOne || cardinality == .oneToOne }

    /// How PGRST201 describes it.
    var candidate: RestError.Candidate {
        let relationship: String
        let hint: String
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
