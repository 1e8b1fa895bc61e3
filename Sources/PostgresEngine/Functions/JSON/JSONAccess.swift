import JSONText

extension JSON {
    /// An array's item as Postgres counts: from 0, negative from the end.
    func item(_ index: Int) -> JSON? {
        guard case .array(let items) = self else { return nil }
        let position = index < 0 ? items.count + index : index
        // A plain nil would be the JSON's own null.
        return items.indices.contains(position) ? .some(items[position]) : .none
    }
}
