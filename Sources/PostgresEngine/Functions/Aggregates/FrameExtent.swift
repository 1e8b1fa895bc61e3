import PostgresSyntax
import PostgresTypes
import SQLite

/// Which rows of a partition are in the frame of each of its rows. Rows are asked for in order.
struct FrameExtent {
    private let program: FrameProgram
    /// The sort keys of the partition's rows, in order.
    private let keys: [ArraySlice<SQLValue>]
    /// The first row of each group of peers, and the group of each row.
    private var groupStarts: [Int] = []
    private var groups: [Int] = []
    private let start: FrameDistance
    private let end: FrameDistance
    /// Where RANGE with offsets has got to: its ends only ever move forward.
    private var head = 0
    private var tail = 0

    init(
        _ program: FrameProgram, keys: [ArraySlice<SQLValue>], offsets: (SQLValue, SQLValue),
        _ context: ExecutionContext
    )
        throws
    {
        let mode = program.frame.mode.rawValue
        try FrameProgram.checkOffset(offsets.0, mode, "starting")
        try FrameProgram.checkOffset(offsets.1, mode, "ending")
        self.program = program
        self.keys = keys
        let type = program.order.keys.first?.type ?? .unknown
        start = FrameDistance(type: type, offset: offsets.0, zone: context.valueContext.timeZone)
        end = FrameDistance(type: type, offset: offsets.1, zone: context.valueContext.timeZone)
        let shapes = program.order.keys.map { context.postgresType($0.type) }
        for row in keys.indices {
            if row == 0 || program.order.compare(keys[row - 1], keys[row], shapes) != 0 { groupStarts.append(row) }
            groups.append(groupStarts.count - 1)
        }
    }

    /// The rows that are in the frame of `row` but for the excluded ones.
    mutating func rows(around row: Int) throws -> Range<Int> {
        let first = try start(of: row)
        return first..<max(first, try end(of: row))
    }

    /// What EXCLUDE leaves out of the frame of `row`, if its frame reaches there.
    func isExcluded(_ other: Int, around row: Int) -> Bool {
        switch program.frame.exclusion {
        case nil: false
        case .currentRow: other == row
        case .group: groups[other] == groups[row]
        case .ties: other != row && groups[other] == groups[row]
        }
    }

    private mutating func start(of row: Int) throws -> Int {
        switch program.frame.start {
        case .unboundedPreceding: return 0
        case .currentRow: return program.frame.mode == .rows ? row : groupStarts[groups[row]]
        case .unboundedFollowing: return keys.count
        case .preceding, .following:
            let isBefore = if case .preceding = program.frame.start { true } else { false }
            switch program.frame.mode {
            case .rows: return Self.place(row, start.offset, isBefore, in: keys.count)
            case .groups: return groupStart(Self.place(groups[row], start.offset, isBefore, in: groupStarts.count))
            case .range:
                while head < keys.count, try !isStart(head, of: row, isBefore) { head += 1 }
                return head
            }
        }
    }

    private mutating func end(of row: Int) throws -> Int {
        switch program.frame.end ?? .currentRow {
        case .unboundedPreceding: return 0
        case .currentRow: return program.frame.mode == .rows ? row + 1 : groupStart(groups[row] + 1)
        case .unboundedFollowing: return keys.count
        case .preceding, .following:
            let isBefore = if case .preceding = program.frame.end { true } else { false }
            switch program.frame.mode {
            case .rows: return Self.place(row + 1, end.offset, isBefore, in: keys.count)
            case .groups: return groupStart(Self.place(groups[row] + 1, end.offset, isBefore, in: groupStarts.count))
            case .range:
                while tail < keys.count, try isBeforeEnd(tail, of: row, isBefore) { tail += 1 }
                return tail
            }
        }
    }

    /// A position some steps on or back, kept within what there is.
    private static func place(_ position: Int, _ offset: SQLValue, _ isBefore: Bool, in count: Int) -> Int {
        guard case .integer(let offset) = offset else { return position }
        let steps = Int(min(offset, Int64(count) + 1))
        return min(max(isBefore ? position - steps : position + steps, 0), count)
    }

    private func groupStart(_ group: Int) -> Int { group < groupStarts.count ? groupStarts[group] : keys.count }

    private func isStart(_ other: Int, of row: Int, _ isBefore: Bool) throws -> Bool {
        let (value, current, key) = (keys[other].first!, keys[row].first!, program.order.keys[0])
        if value.isNull || current.isNull {
            return key.nullsFirst ? !value.isNull || current.isNull : value.isNull || !current.isNull
        }
        return try start.holds(
            value, base: current, subtract: isBefore != key.isDescending, less: key.isDescending)
    }

    private func isBeforeEnd(_ other: Int, of row: Int, _ isBefore: Bool) throws -> Bool {
        let (value, current, key) = (keys[other].first!, keys[row].first!, program.order.keys[0])
        if value.isNull || current.isNull { return key.nullsFirst ? value.isNull : current.isNull }
        return try end.holds(value, base: current, subtract: isBefore != key.isDescending, less: !key.isDescending)
    }
}
