import PostgresTypes

/// Something that DROP can take away.
enum DroppedObject: Hashable {
    case schema(String)
    case relation(RelationID)
    case column(RelationID, String)
    case constraint(RelationID, String)
    case columnDefault(RelationID, String)
    case type(TypeID)
    /// The policy of that name on a table.
    case policy(RelationID, String)
    case routine(FunctionID)
    case trigger(RelationID, String)
    case rule(RelationID, String)
    case cast(CastKey)
    case eventTrigger(String)
    case textSearchConfiguration(UInt32)
    case textSearchDictionary(UInt32)

    /// What it is a part of.
    var wholes: [DroppedObject] {
        switch self {
        case .column(let id, _), .constraint(let id, _), .policy(let id, _), .trigger(let id, _), .rule(let id, _):
            [.relation(id)]
        case .columnDefault(let id, let name): [.relation(id), .column(id, name)]
        case .schema, .relation, .type, .routine, .cast, .eventTrigger, .textSearchConfiguration,
            .textSearchDictionary:
            []
        }
    }
}
