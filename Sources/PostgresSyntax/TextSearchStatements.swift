/// CREATE TEXT SEARCH CONFIGURATION or DICTIONARY with its options as they were written.
package struct CreateTextSearch: Hashable, Sendable {
    package struct Option: Hashable, Sendable {
        package var name: String
        /// A name in its parts, or one word.
        package var value: [String]
    }

    /// `textSearchConfiguration` or `textSearchDictionary`.
    package var kind: ObjectKind
    package var name: QualifiedName
    package var options: [Option]
}

/// ALTER TEXT SEARCH CONFIGURATION … MAPPING: which dictionaries see which tokens.
package struct AlterTextSearchMapping: Hashable, Sendable {
    package enum Change: Hashable, Sendable {
        case add([QualifiedName])
        case alter([QualifiedName])
        case replace(QualifiedName, with: QualifiedName)
        case drop(ifExists: Bool)
    }

    package var configuration: QualifiedName
    /// Kinds of tokens by their names; all of them where there is none.
    package var tokens: [String]
    package var change: Change
}
