/// What extensions say about themselves, which becomes their comment when they are created.
enum ExtensionDescription {
    /// What an extension that is there says, unless a comment was written over it.
    static func text(ofExtension id: UInt32, in catalog: CatalogSnapshot) -> String? {
        guard let name = catalog.extensions.keys.first(where: { SystemID.named("extension", $0) == id }),
            catalog.comments[CommentKey(classID: 3079, objectID: id, column: nil)] == nil
        else { return nil }
        return texts[name]
    }

    static let texts = [
        "amcheck": "functions for verifying relation integrity",
        "btree_gin": "support for indexing common datatypes in GIN",
        "btree_gist": "support for indexing common datatypes in GiST",
        "citext": "data type for case-insensitive character strings",
        "fuzzystrmatch": "determine similarities and distance between strings",
        "hstore": "data type for storing sets of (key, value) pairs",
        "http": "HTTP client for PostgreSQL, allows web page retrieval inside the database.",
        "hypopg": "Hypothetical indexes for PostgreSQL",
        "index_advisor": "Query index advisor",
        "ltree": "data type for hierarchical tree-like structures",
        "moddatetime": "functions for tracking last modification time",
        "pageinspect": "inspect the contents of database pages at a low level",
        "pg_buffercache": "examine the shared buffer cache",
        "pg_cron": "Job scheduler for PostgreSQL",
        "pg_freespacemap": "examine the free space map (FSM)",
        "pg_graphql": "pg_graphql: GraphQL support",
        "pg_net": "Async HTTP",
        "pg_prewarm": "prewarm relation data",
        "pg_repack": "Reorganize tables in PostgreSQL databases with minimal locks",
        "pg_stat_statements": "track planning and execution statistics of all SQL statements executed",
        "pg_tle": "Trusted Language Extensions for PostgreSQL",
        "pg_trgm": "text similarity measurement and index searching based on trigrams",
        "pg_visibility": "examine the visibility map (VM) and page-level visibility info",
        "pg_walinspect": "functions to inspect contents of PostgreSQL Write-Ahead Log",
        "pgaudit": "provides auditing functionality",
        "pgcrypto": "cryptographic functions",
        "pgjwt": "JSON Web Token API for Postgresql",
        "pgmq": "A lightweight message queue. Like AWS SQS and RSMQ but on Postgres.",
        "pgrowlocks": "show row-level locking information",
        "pgsodium": "Postgres extension for libsodium functions",
        "pgstattuple": "show tuple-level statistics",
        "pgtap": "Unit testing for PostgreSQL",
        "plpgsql": "PL/pgSQL procedural language",
        "plpgsql_check": "extended check for plpgsql functions",
        "sslinfo": "information about SSL certificates",
        "supabase_vault": "Supabase Vault Extension",
        "tcn": "Triggered change notifications",
        "unaccent": "text search dictionary that removes accents",
        "uuid-ossp": "generate universally unique identifiers (UUIDs)",
        "vector": "vector data type and ivfflat and hnsw access methods",
    ]
}
