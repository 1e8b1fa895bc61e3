import JSONText
import PostgresTypes
import SQLite

extension Invocation {
    fileprivate func store(_ index: Int) -> HStore { HStore(stored: text(index)) }

    fileprivate func items(_ index: Int) -> [String?] {
        ArrayValue(stored: text(index), element: .text).elements.map {
            if case .text(let text) = $0 { text } else { nil }
        }
    }
}

extension SQLValue {
    fileprivate static func store(_ pairs: [HStore.Pair]) -> SQLValue { .text(HStore(pairs).text) }
}

/// The extension `hstore`.
extension FunctionTable {
    mutating func addStores() {
        scalar("fetchval(hstore,text)") { .optional($0.store(0)[$0.text(1)]?.value) }
        scalar("slice_array(hstore,_text)") { call in
            let store = call.store(0)
            let values = call.items(1).map { key in key.flatMap { store[$0]?.value }.map { SQLValue.text($0) } ?? .null
            }
            return ArrayValue(values).stored
        }
        scalar("exist(hstore,text)") { .bool($0.store(0)[$0.text(1)] != nil) }
        scalar("defined(hstore,text)") { .bool($0.store(0)[$0.text(1)]?.value != nil) }
        scalar("exists_any(hstore,_text)") { call in
            let store = call.store(0)
            return .bool(call.items(1).contains { $0.map { store[$0] != nil } ?? false })
        }
        scalar("exists_all(hstore,_text)") { call in
            let store = call.store(0)
            return .bool(call.items(1).allSatisfy { $0.map { store[$0] != nil } ?? true })
        }
        scalar("hs_contains(hstore,hstore)") { .bool(Self.holds($0.store(0), $0.store(1))) }
        scalar("hs_contained(hstore,hstore)") { .bool(Self.holds($0.store(1), $0.store(0))) }
        scalar("hstore_eq(hstore,hstore)") { .bool($0.store(0) == $0.store(1)) }
        scalar("hstore_ne(hstore,hstore)") { .bool($0.store(0) != $0.store(1)) }
        scalar("hs_concat(hstore,hstore)") { .store($0.store(1).pairs + $0.store(0).pairs) }
        scalar("delete(hstore,text)") { call in .store(call.store(0).pairs.filter { $0.key != call.text(1) }) }
        scalar("delete(hstore,_text)") { call in
            let keys = Set(call.items(1))
            return .store(call.store(0).pairs.filter { !keys.contains($0.key) })
        }
        scalar("delete(hstore,hstore)") { call in
            let other = call.store(1)
            return .store(call.store(0).pairs.filter { other[$0.key] != $0 })
        }
        addStoreMakers()
        addStoreParts()
    }

    private mutating func addStoreMakers() {
        nullable("hstore(text,text)") { call in
            if call.isNull(0) { return .null }
            return .store([HStore.Pair(call.text(0), call.isNull(1) ? nil : call.text(1))])
        }
        scalar("hstore(_text)") { call in
            let items = call.items(0)
            guard items.count % 2 == 0 else { throw PostgresError("2202E", "array must have even number of elements") }
            return .store(
                try stride(from: 0, to: items.count, by: 2).map { index in
                    try Self.pair(items[index], items[index + 1])
                })
        }
        typed("hstore(record)", isStrict: false) { call in
            let (type, context) = (call.types.arguments[0], try call.context)
            var fields: [RecordValue.Field]
            if call.isNull(0) {
                // A row type that is known has its fields even where there is no row.
                guard let shape = RecordValue.fields(of: type.type, context) else { return .null }
                fields = shape.map { RecordValue.Field(name: $0.name, type: $0.type, value: .null) }
            } else {
                fields = try RecordValue(stored: call[0], type: type, context: context).fields
            }
            return .store(
                try fields.map { field in
                    let text: String? =
                        try field.value.isNull
                        ? nil : FunctionTable.outputText(field.value, of: field.type, context)
                    return HStore.Pair(field.name, text)
                })
        }
        nullable("hstore(_text,_text)") { call in
            if call.isNull(0) { return .null }
            let keys = call.items(0)
            let values = call.isNull(1) ? Array(repeating: nil, count: keys.count) : call.items(1)
            guard keys.count == values.count else { throw PostgresError("2202E", "arrays must have same bounds") }
            return .store(try zip(keys, values).map(Self.pair))
        }
    }

    private mutating func addStoreParts() {
        scalar("akeys(hstore)") { .array($0.store(0).pairs.map(\.key)) }
        scalar("avals(hstore)") { ArrayValue($0.store(0).pairs.map { .optional($0.value) }).stored }
        rows("skeys(hstore)") { $0.store(0).pairs.map { [.text($0.key)] } }
        rows("svals(hstore)") { $0.store(0).pairs.map { [.optional($0.value)] } }
        rows("each(hstore)") { $0.store(0).pairs.map { [.text($0.key), .optional($0.value)] } }
        scalar("hstore_to_json(hstore)", "hstore_to_jsonb(hstore)") { call in
            let context = try call.context.valueContext
            var text: [UInt8] = []
            PostgresType.hstore.writeJSON(call[0], to: &text, context: context)
            return .text(String(decoding: text, as: UTF8.self))
        }
    }

    private static func pair(_ key: String?, _ value: String?) throws -> HStore.Pair {
        guard let key else { throw PostgresError("22004", "null value not allowed for hstore key") }
        return HStore.Pair(key, value)
    }

    private static func holds(_ whole: HStore, _ part: HStore) -> Bool {
        part.pairs.allSatisfy { whole[$0.key] == $0 }
    }
}
