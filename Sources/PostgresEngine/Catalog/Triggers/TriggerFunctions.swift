import PostgresSyntax
import PostgresTypes

/// The trigger functions that PostgreSQL brings along, in PL/pgSQL. Each is made when a trigger first asks for it.
extension CatalogEditor {
    mutating func builtinTriggerFunction(_ name: QualifiedName) throws(PostgresError) -> Routine? {
        guard name.schema ?? "pg_catalog" == "pg_catalog", let body = builtinTriggerBodies[name.name] else {
            return nil
        }
        if let made = catalog.routines(named: name.name).first(where: { $0.schema == "pg_catalog" }) { return made }
        let text = "CREATE FUNCTION \(name.name)() RETURNS trigger LANGUAGE plpgsql AS $function$\(body)$function$"
        guard case .createFunction(let definition)? = try? Script.parseSingle(text) else { return nil }
        var routine = try routine(definition, schema: "pg_catalog", name: name.name)
        routine.id = FunctionID(newOID())
        routine.owner = "supabase_admin"
        routine.privileges = [PrivilegeEntry(grantee: "public", privileges: ["execute"])]
        enter(routine, isNew: true)
        return routine
    }
}

private let builtinTriggerBodies = [
    "suppress_redundant_updates_trigger": """
    BEGIN
      IF TG_OP <> 'UPDATE' THEN
        RAISE EXCEPTION 'suppress_redundant_updates_trigger: must be called on update' USING ERRCODE = '39P01';
      ELSIF TG_WHEN <> 'BEFORE' THEN
        RAISE EXCEPTION 'suppress_redundant_updates_trigger: must be called before update' USING ERRCODE = '39P01';
      ELSIF TG_LEVEL <> 'ROW' THEN
        RAISE EXCEPTION 'suppress_redundant_updates_trigger: must be called for each row' USING ERRCODE = '39P01';
      END IF;
      IF NEW IS NOT DISTINCT FROM OLD THEN
        RETURN NULL;
      END IF;
      RETURN NEW;
    END
    """,
    "tsvector_update_trigger": textSearchTrigger(configuration: "TG_ARGV[1]::regconfig"),
    "tsvector_update_trigger_column": textSearchTrigger(configuration: "(to_jsonb(NEW) ->> TG_ARGV[1])::regconfig"),
]

/// Puts the text of some columns into a column of type tsvector.
private func textSearchTrigger(configuration: String) -> String {
    """
    DECLARE
      document text := '';
      columns jsonb := to_jsonb(NEW);
    BEGIN
      IF TG_LEVEL <> 'ROW' THEN
        RAISE EXCEPTION 'tsvector_update_trigger: must be fired for row' USING ERRCODE = '39P01';
      ELSIF TG_WHEN <> 'BEFORE' THEN
        RAISE EXCEPTION 'tsvector_update_trigger: must be fired BEFORE event' USING ERRCODE = '39P01';
      ELSIF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'tsvector_update_trigger: must be fired for INSERT or UPDATE' USING ERRCODE = '39P01';
      ELSIF TG_NARGS < 3 THEN
        RAISE EXCEPTION 'tsvector_update_trigger: arguments must be tsvector_field, ts_config, text_field1, ...)'
          USING ERRCODE = '39P01';
      END IF;
      FOR position IN 2 .. TG_NARGS - 1 LOOP
        IF NOT columns ? TG_ARGV[position] THEN
          RAISE EXCEPTION 'column "%" does not exist', TG_ARGV[position] USING ERRCODE = '42703';
        END IF;
        document := document || coalesce(columns ->> TG_ARGV[position], '') || ' ';
      END LOOP;
      IF NOT columns ? TG_ARGV[0] THEN
        RAISE EXCEPTION 'tsvector column "%" does not exist', TG_ARGV[0] USING ERRCODE = '42703';
      END IF;
      RETURN jsonb_populate_record(NEW, jsonb_build_object(TG_ARGV[0], to_tsvector(\(configuration), document)));
    END
    """
}
