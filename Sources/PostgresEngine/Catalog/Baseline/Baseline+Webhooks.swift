extension Baseline {
    /// What database webhooks are made with: a trigger's function that asks for an HTTP request.
    static let webhooks = #"""
        CREATE SCHEMA supabase_functions AUTHORIZATION supabase_admin;
        GRANT USAGE ON SCHEMA supabase_functions TO postgres, anon, authenticated, service_role;
        CREATE TABLE supabase_functions.hooks (
          id bigserial PRIMARY KEY,
          hook_table_id integer NOT NULL,
          hook_name text NOT NULL,
          created_at timestamptz NOT NULL DEFAULT now(),
          request_id bigint
        );
        GRANT ALL ON supabase_functions.hooks TO postgres, service_role;
        CREATE FUNCTION supabase_functions.http_request() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
        DECLARE
          url text := nullif(TG_ARGV[0], 'null');
          method text := nullif(TG_ARGV[1], 'null');
          headers jsonb := coalesce(nullif(TG_ARGV[2], 'null'), '{"Content-Type": "application/json"}')::jsonb;
          params jsonb := coalesce(nullif(TG_ARGV[3], 'null'), '{}')::jsonb;
          timeout_ms integer := coalesce(nullif(TG_ARGV[4], 'null'), '1000')::integer;
          request bigint;
        BEGIN
          IF url IS NULL THEN
            RAISE EXCEPTION 'url argument is missing';
          END IF;
          IF method IS NULL THEN
            RAISE EXCEPTION 'method argument is missing';
          END IF;
          IF method = 'GET' THEN
            request := net.http_get(url, params, headers, timeout_ms);
          ELSIF method = 'POST' THEN
            request := net.http_post(url, jsonb_build_object('old_record', to_jsonb(OLD), 'record', to_jsonb(NEW),
              'type', TG_OP, 'table', TG_TABLE_NAME, 'schema', TG_TABLE_SCHEMA), params, headers, timeout_ms);
          ELSE
            RAISE EXCEPTION 'method argument % is invalid', method;
          END IF;
          INSERT INTO supabase_functions.hooks (hook_table_id, hook_name, request_id)
          VALUES (TG_RELID::bigint, TG_NAME, request);
          RETURN NEW;
        END
        $$;
        """#
}
