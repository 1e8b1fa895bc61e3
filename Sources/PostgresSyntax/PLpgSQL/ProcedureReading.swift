/// What a PL/pgSQL body says by its text alone: what the compiler has against it, and its statements.
///
/// Reading a body takes most of the time of its CREATE FUNCTION, and asks nothing of the database: where statements are
/// parsed ahead, so is it.
package struct ProcedureReading: Sendable {
    /// What the compiler was told about the function around the body.
    package let heading: ProcedureSyntaxCheck.Heading
    /// What the compiler objects to.
    package let objection: SyntaxError?
    package let body: Result<ProcedureBody, SyntaxError>

    package init(_ text: String, _ heading: ProcedureSyntaxCheck.Heading) {
        self.heading = heading
        objection = Self.error { () throws(SyntaxError) in try ProcedureSyntaxCheck.check(text, heading) }
        // What the compiler refuses is read no further.
        body = objection.map { .failure($0) } ?? Result { () throws(SyntaxError) in try ProcedureParser.parse(text) }
    }

    private static func error(of body: () throws(SyntaxError) -> Void) -> SyntaxError? {
        do throws(SyntaxError) {
            try body()
            return nil
        } catch {
            return error
        }
    }
}

/// Of one body there is one reading for each heading.
extension ProcedureReading: Hashable {
    package static func == (one: Self, other: Self) -> Bool { one.heading == other.heading }
    package func hash(into hasher: inout Hasher) { hasher.combine(heading) }
}

extension CreateFunction {
    /// Reads a body in PL/pgSQL, with a heading as the types' names suggest it.
    mutating func read() {
        guard language == "plpgsql", case .text(let text)? = body else { return }
        let parameters = parameters.map { parameter in
            switch parameter.mode {
            case .inputOutput: ProcedureSyntaxCheck.Heading.Parameter(mode: "inout", name: parameter.name)
            case .input, .variadic: ProcedureSyntaxCheck.Heading.Parameter(mode: "in", name: parameter.name)
            case .output, .table: ProcedureSyntaxCheck.Heading.Parameter(mode: "out", name: parameter.name)
            }
        }
        let known: Set<String> = ["trigger", "event_trigger", "void", "record"]
        let name = returns?.names.last ?? (isProcedure ? "void" : "record")
        reading = ProcedureReading(
            text,
            ProcedureSyntaxCheck.Heading(
                parameters: parameters, result: known.contains(name) ? name : "integer",
                isSet: returns?.isSetOf ?? false))
    }
}
