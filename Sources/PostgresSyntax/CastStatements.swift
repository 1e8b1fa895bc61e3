/// CREATE CAST.
package struct CreateCast: Hashable, Sendable {
    package enum Method: Hashable, Sendable {
        case function(QualifiedName, signature: [TypeName]?)
        case binary
        case throughText
    }

    /// Where it is used without being asked for.
    package enum Context: Hashable, Sendable { case implicit, assignment, explicit }

    package var source: TypeName
    package var target: TypeName
    package var method: Method
    package var context: Context
}

/// DROP CAST.
package struct DropCast: Hashable, Sendable {
    package var source: TypeName
    package var target: TypeName
    package var ifExists: Bool
}
