import PostgresSyntax
import PostgresTypes
import SQLite

/// Unique indexes: SQLite enforces the plain ones; this names them in errors, finds conflicting rows for ON CONFLICT,
/// and enforces the rest.
extension Modification {
    /// The keys of a row in an index; nil when the row is not in it or, with a NULL, conflicts with nothing.
    private func keys(of row: [SQLValue], in unique: TableRules.Unique) throws -> [SQLValue]? {
        if let filter = unique.filter {
            guard case .integer(1) = try transaction.evaluate(filter, rows: [row])[0] else { return nil }
        }
        let keys = try unique.columns.map { $0.map { row[$0] } } ?? transaction.evaluate(unique.keys, rows: [row])
        if !unique.index.nullsNotDistinct && keys.contains(.null) { return nil }
        return keys
    }

    /// The row that stands in the way of `row` in an index.
    /// - Parameter except: the number of the row itself, when it is being replaced.
    func conflict(_ row: [SQLValue], _ unique: TableRules.Unique, except number: Int64?) throws -> Int64? {
        guard let keys = try keys(of: row, in: unique) else { return nil }
        var found: Int64?
        try connection.query(unique.probe, keys + [.integer(number ?? 0)]) { found = $0.integer(0) }
        return found
    }

    /// Probes the indexes that SQLite does not enforce; deferrable constraints wait for the statement's end.
    func probeIndexes(_ row: [SQLValue], _ rules: TableRules, except number: Int64?) throws {
        var isRefused = false
        for unique in rules.uniques where !unique.isEnforcedByStorage {
            if let constraint = unique.constraint, constraint.isDeferrable {
                if let keys = try keys(of: row, in: unique) {
                    queue(.uniqueness(rules.relation.id, constraint, keys: keys, row: row))
                }
                continue
            }
            if try conflict(row, unique, except: number) != nil { isRefused = true }
        }
        for exclusion in rules.exclusions where !isRefused {
            guard try self.exclusion(of: row, by: exclusion, except: number) != nil else { continue }
            if exclusion.constraint.isDeferrable {
                queue(.exclusion(rules.relation.id, exclusion.constraint, row: row))
            } else {
                isRefused = true
            }
        }
        if isRefused, let error = try firstRefusal(of: row, rules, except: number) { throw error }
    }

    /// The error of the index that refuses a row. Postgres looks at them in the order in which they were made.
    func firstRefusal(of row: [SQLValue], _ rules: TableRules, except number: Int64?) throws -> PostgresError? {
        var refusals: [(age: UInt32, error: PostgresError)] = []
        for unique in rules.uniques where unique.constraint?.isDeferrable != true {
            guard try conflict(row, unique, except: number) != nil else { continue }
            refusals.append((unique.index.id.oid, try violation(row, unique, rules)))
        }
        for exclusion in rules.exclusions where !exclusion.constraint.isDeferrable {
            guard let (_, other) = try self.exclusion(of: row, by: exclusion, except: number) else { continue }
            refusals.append((exclusion.index.id.oid, try violation(row, other, exclusion, rules)))
        }
        return refusals.min { $0.age < $1.age }?.error
    }

    func violation(_ row: [SQLValue], _ unique: TableRules.Unique, _ rules: TableRules) throws -> PostgresError {
        let keys = try keys(of: row, in: unique) ?? []
        let holder = holder(of: row, rules)
        var detail: String?
        if mayDescribeKey(unique.columns ?? [], rules, in: holder) {
            let names = transaction.definitionText.keys(of: unique.index, on: rules.relation)
            let types: [PostgresType] =
                unique.columns?.map { rules.types[$0] }
                ?? unique.keys.columns.map { transaction.catalog.postgresType(of: $0.type.type) }
            detail = "Key (\(names))=(\(text(of: keys, types))) already exists."
        }
        // A partition has an index of its own name.
        let own = holder.indexes.first {
            $0.isUnique && $0.keys.map(\.value) == unique.index.keys.map(\.value) && $0.filter == unique.index.filter
        }
        let name = own?.name ?? unique.index.name
        return PostgresError(
            "23505", "duplicate key value violates unique constraint \"\(name)\"", detail: detail,
            schema: holder.schema, table: holder.name, constraint: name)
    }
}
