import PostgresTypes

/// The places of a table's partitions by hash.
struct HashPartitions {
    private typealias Place = (name: String, modulus: Int, remainder: Int)

    private let places: [Place]

    init(_ partitions: [Relation]) {
        var places: [Place] = []
        for partition in partitions {
            guard let place = PartitionBound.hashPlace(partition.table?.partitionBound ?? "") else { continue }
            places.append((partition.name, place.modulus, place.remainder))
        }
        self.places = places.sorted { ($0.modulus, $0.remainder) < ($1.modulus, $1.remainder) }
    }

    /// - Throws: 42P16 for numbers that are no place, 42P17 for one that does not go with the others.
    func check(_ bound: String, of partition: String) throws(PostgresError) {
        guard let new = PartitionBound.hashPlace(bound) else { throw .notSupported("the partition bound \(bound)") }
        guard new.modulus > 0 else {
            throw PostgresError("42P16", "modulus for hash partition must be an integer value greater than zero")
        }
        guard new.remainder < new.modulus else {
            throw PostgresError("42P16", "remainder for hash partition must be less than modulus")
        }
        if let below = places.last(where: { $0.modulus <= new.modulus }), new.modulus % below.modulus != 0 {
            throw Self.unequal(new.modulus, "divisible by", below)
        }
        if let above = places.first(where: { $0.modulus > new.modulus }), above.modulus % new.modulus != 0 {
            throw Self.unequal(new.modulus, "a factor of", above)
        }
        for place in places {
            let step = min(place.modulus, new.modulus)
            guard place.remainder % step == new.remainder % step else { continue }
            throw PostgresError("42P17", "partition \"\(partition)\" would overlap partition \"\(place.name)\"")
        }
    }

    private static func unequal(_ modulus: Int, _ relation: String, _ other: Place) -> PostgresError {
        PostgresError(
            "42P17", "every hash partition modulus must be a factor of the next larger modulus",
            detail: "The new modulus \(modulus) is not \(relation) \(other.modulus), the modulus of existing partition "
                + "\"\(other.name)\".")
    }
}
