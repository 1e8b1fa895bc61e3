import PostgresSyntax
import PostgresTypes

extension SQLGenerator {
    /// Every row of a MERGE's source with each target row that matches it, or with NULLs: `#row`, the columns of the
    /// target, then those of the other ranges.
    func mergeRows(_ merge: TypedMerge) throws(PostgresError) -> GeneratedSQL {
        let generation = Generation(catalog: catalog)
        return try generation.mergeRows(merge)
    }
}

extension Generation {
    fileprivate func mergeRows(_ merge: TypedMerge) throws(PostgresError) -> GeneratedSQL {
        scopes.append(Scope(entries: merge.ranges))
        let sources = try rangeTexts(merge.ranges)
        scopes[0].ranges[0]?.isNullable = true
        let join = TypedFrom.join(.left, left: merge.source, right: .range(0), condition: merge.condition)
        let alias = sources[0]?.table.split(separator: " ").last.map(String.init) ?? "r0"
        var columns = ["\(alias).\"#row\""]
        for index in merge.ranges.indices { columns += sources[index]?.text.columns ?? [] }
        let sql = "SELECT \(columns.joined(separator: ", ")) FROM \(try fromClause([join], sources))"
        let output =
            [OutputColumn(name: "#row", type: TypeReference(.int8))] + merge.ranges.flatMap(\.columns)
        return result(sql, columns: output)
    }
}
