/// What `\?` says.
enum ShellHelp {
    static let text = """
        Statements end with a semicolon, over as many lines as they need.

          \\d              tables, views and sequences
          \\d NAME         one of them: columns, indexes, constraints, policies, triggers
          \\d+ NAME        the same, and the query of a view
          \\dt \\dv \\dm \\di \\ds [PATTERN]   tables, views, materialized views, indexes, sequences
          \\df [PATTERN]   functions            \\sf NAME   a function's source
          \\dn [PATTERN]   schemas              \\dT [PATTERN]  types of one's own
          \\du [PATTERN]   roles                \\dx [PATTERN]  extensions

          \\i FILE         run a file           \\x [on|off]       rows as blocks
          \\r              forget what is typed \\timing [on|off]  say how long statements take
          \\echo TEXT      print it             \\q                leave

        A pattern may name a schema (auth.*) and hold * and ?.

        """
}
