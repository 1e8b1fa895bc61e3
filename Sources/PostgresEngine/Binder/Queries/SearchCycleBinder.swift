import PostgresSyntax
import PostgresTypes

/// SEARCH and CYCLE of recursive queries.
extension Analysis {
    /// The marks of a CYCLE, which the query itself may refer to: what else it says is bound when its columns are.
    func bindMarks(of cycle: CommonTable.Cycle, in scope: QueryScope) throws(PostgresError) -> TypedCycle {
        let given = [try bind(cycle.value, in: scope), try bind(cycle.otherwise, in: scope)]
        let (marks, type) = try unify(given, "CYCLE")
        try requireEquality(marks[0])
        let compared = try operation(OperatorName("<>"), left: marks[0], right: marks[1])
        guard case .operation(let notEqual, _, _) = compared.node else {
            throw BindError.undefinedSorting("an inequality", type: typeName(type.type))
        }
        return TypedCycle(
            columns: [], mark: cycle.mark, value: marks[0], otherwise: marks[1], path: cycle.path, notEqual: notEqual)
    }

    /// The columns that SEARCH and CYCLE add, in their order.
    static func addedColumns(_ table: CommonTable, _ cycle: TypedCycle?) -> [OutputColumn] {
        var columns: [OutputColumn] = []
        if let search = table.search {
            columns.append(
                OutputColumn(
                    name: search.name, type: TypeReference(search.isBreadthFirst ? .record : .recordArray)))
        }
        if let cycle {
            columns.append(OutputColumn(name: cycle.mark, type: cycle.value.type))
            columns.append(OutputColumn(name: cycle.path, type: TypeReference(.recordArray)))
        }
        return columns
    }

    func addSearchAndCycle(
        of table: CommonTable, _ marks: TypedCycle?, to typed: inout TypedCommonTable
    ) throws(PostgresError) {
        guard table.search != nil || marks != nil else { return }
        try checkExpandable(typed)
        let names = typed.columns.map(\.name)
        if let search = table.search {
            let columns = try positions(of: search.columns, in: names, "search")
            try refuseUsed(search.name, in: names, "search sequence")
            typed.search = TypedSearch(isBreadthFirst: search.isBreadthFirst, columns: columns, name: search.name)
        }
        if let cycle = table.cycle, var marks {
            marks.columns = try positions(of: cycle.columns, in: names, "cycle")
            try refuseUsed(cycle.mark, in: names, "cycle mark")
            try refuseUsed(cycle.path, in: names, "cycle path")
            try refuseSame(("cycle mark", cycle.mark), ("cycle path", cycle.path))
            if let search = table.search {
                try refuseSame(("search sequence", search.name), ("cycle mark", cycle.mark))
                try refuseSame(("search sequence", search.name), ("cycle path", cycle.path))
            }
            typed.cycle = marks
        }
        typed.columns += Self.addedColumns(table, marks)
    }

    private func checkExpandable(_ table: TypedCommonTable) throws(PostgresError) {
        guard case .setOperation(_, _, let left, let right) = table.query.body, right.reads(table.name) else {
            throw BindError.syntax("WITH query is not recursive")
        }
        let clause = "with a SEARCH or CYCLE clause, the"
        if case .setOperation = left.body {
            throw BindError.notImplemented("\(clause) left side of the UNION must be a SELECT")
        }
        if case .setOperation = right.body {
            throw BindError.syntax("\(clause) right side of the UNION must be a SELECT")
        }
    }

    private func positions(of columns: [String], in names: [String], _ clause: String) throws(PostgresError) -> [Int] {
        var positions: [Int] = []
        for column in columns {
            guard let position = names.firstIndex(of: column) else {
                throw BindError.syntax("\(clause) column \"\(column)\" not in WITH query column list")
            }
            guard !positions.contains(position) else {
                throw PostgresError("42701", "\(clause) column \"\(column)\" specified more than once")
            }
            positions.append(position)
        }
        return positions
    }

    private func refuseUsed(_ name: String, in names: [String], _ what: String) throws(PostgresError) {
        guard names.contains(name) else { return }
        throw BindError.syntax("\(what) column name \"\(name)\" already used in WITH query column list")
    }

    private func refuseSame(_ one: (String, String), _ other: (String, String)) throws(PostgresError) {
        guard one.1 == other.1 else { return }
        throw BindError.syntax("\(one.0) column name and \(other.0) column name are the same")
    }
}

extension TypedQuery {
    /// Whether it reads a common table of that name, somewhere.
    fileprivate func reads(_ name: String) -> Bool {
        var isRead = false
        var reader = TypedRewriter()
        reader.source = { entry, _ in
            if case .commonTable(name, _) = entry.source { isRead = true }
            return entry.source
        }
        _ = reader.query(self, role: "")
        return isRead
    }
}
