/// CREATE EVENT TRIGGER.
package struct CreateEventTrigger: Hashable, Sendable {
    package var name: String
    package var event: String
    /// What WHEN compares: variables with the values that they may have.
    package var filters: [Filter]
    package var function: QualifiedName

    package struct Filter: Hashable, Sendable {
        package var variable: String
        package var values: [String]
    }
}

/// ALTER EVENT TRIGGER … ENABLE or DISABLE.
package struct AlterEventTrigger: Hashable, Sendable {
    package var name: String
    /// `pg_event_trigger.evtenabled`: O, D, R or A.
    package var state: String
}
