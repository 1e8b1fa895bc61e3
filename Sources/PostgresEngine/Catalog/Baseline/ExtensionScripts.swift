/// What CREATE EXTENSION makes of extensions that are written in SQL, in words of our own: the same names, types and
/// answers, so that code that calls them works.
enum ExtensionScripts {
    static let scripts: [String: String] = ["pgmq": pgmq, "http": http]

    /// Queues of messages (pgmq 1.4): each a table `q_NAME` with an archive `a_NAME`. A message that was read is hidden
    /// until its time `vt`, and comes again unless it was deleted or archived by then. Queues by partitions are refused.
    private static let pgmq = #"""
        CREATE TABLE pgmq.meta (
            queue_name varchar NOT NULL UNIQUE, is_partitioned boolean NOT NULL, is_unlogged boolean NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now());
        CREATE TYPE pgmq.message_record AS (
            msg_id bigint, read_ct integer, enqueued_at timestamptz, vt timestamptz, message jsonb);
        CREATE TYPE pgmq.queue_record AS (
            queue_name varchar, is_partitioned boolean, is_unlogged boolean, created_at timestamptz);
        CREATE TYPE pgmq.metrics_result AS (
            queue_name text, queue_length bigint, newest_msg_age_sec int, oldest_msg_age_sec int,
            total_messages bigint, scrape_time timestamptz);

        CREATE FUNCTION pgmq.format_table_name(queue_name text, prefix text) RETURNS text LANGUAGE plpgsql AS $$
        BEGIN
          IF queue_name ~ '[$;'']|--' THEN
            RAISE EXCEPTION 'queue name contains invalid characters: $, ;, --, or \''';
          END IF;
          RETURN lower(prefix || '_' || queue_name);
        END $$;
        CREATE FUNCTION pgmq.validate_queue_name(queue_name text) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
          IF length(queue_name) >= 48 THEN
            RAISE EXCEPTION 'queue name is too long, maximum length is 48 characters';
          END IF;
        END $$;

        CREATE FUNCTION pgmq.create_non_partitioned(queue_name text) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE
          queue text := pgmq.format_table_name(queue_name, 'q');
          archive text := pgmq.format_table_name(queue_name, 'a');
        BEGIN
          PERFORM pgmq.validate_queue_name(queue_name);
          EXECUTE format('CREATE TABLE IF NOT EXISTS pgmq.%I (
            msg_id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, read_ct int NOT NULL DEFAULT 0,
            enqueued_at timestamptz NOT NULL DEFAULT now(), vt timestamptz NOT NULL, message jsonb)', queue);
          EXECUTE format('CREATE TABLE IF NOT EXISTS pgmq.%I (
            msg_id bigint PRIMARY KEY, read_ct int NOT NULL DEFAULT 0, enqueued_at timestamptz NOT NULL DEFAULT now(),
            archived_at timestamptz NOT NULL DEFAULT now(), vt timestamptz NOT NULL, message jsonb)', archive);
          EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON pgmq.%I (vt)', queue || '_vt_idx', queue);
          EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON pgmq.%I (archived_at)', 'archived_at_idx_' || queue_name, archive);
          INSERT INTO pgmq.meta (queue_name, is_partitioned, is_unlogged) VALUES ($1, false, false)
            ON CONFLICT DO NOTHING;
        END $$;
        CREATE FUNCTION pgmq.create_unlogged(queue_name text) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
          PERFORM pgmq.create_non_partitioned(queue_name);
          UPDATE pgmq.meta m SET is_unlogged = true WHERE m.queue_name = $1;
        END $$;
        CREATE FUNCTION pgmq.create("queue_name" text) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
          PERFORM pgmq.create_non_partitioned(queue_name);
        END $$;
        CREATE FUNCTION pgmq.create_partitioned(
          queue_name text, partition_interval text DEFAULT '10000', retention_interval text DEFAULT '100000')
        RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION 'queues by partitions are not supported by the emulator yet'
            USING ERRCODE = '0A000', HINT = 'Use pgmq.create.';
        END $$;
        CREATE FUNCTION pgmq.drop_queue(queue_name text, partitioned boolean DEFAULT false) RETURNS boolean
        LANGUAGE plpgsql AS $$
        DECLARE
          queue text := pgmq.format_table_name(queue_name, 'q');
          archive text := pgmq.format_table_name(queue_name, 'a');
        BEGIN
          IF to_regclass(format('pgmq.%I', queue)) IS NULL THEN
            RAISE EXCEPTION 'relation "pgmq.%" does not exist', queue USING ERRCODE = '42P01';
          END IF;
          EXECUTE format('DROP TABLE IF EXISTS pgmq.%I', queue);
          EXECUTE format('DROP TABLE IF EXISTS pgmq.%I', archive);
          DELETE FROM pgmq.meta m WHERE m.queue_name = $1;
          RETURN true;
        END $$;
        CREATE FUNCTION pgmq.purge_queue(queue_name text) RETURNS bigint LANGUAGE plpgsql AS $$
        DECLARE
          queue text := pgmq.format_table_name(queue_name, 'q');
          purged integer;
        BEGIN
          EXECUTE format('SELECT count(*) FROM pgmq.%I', queue) INTO purged;
          EXECUTE format('TRUNCATE pgmq.%I', queue);
          RETURN purged;
        END $$;
        CREATE FUNCTION pgmq.detach_archive(queue_name text) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
          -- Here an archive belongs to nothing that could take it away.
          PERFORM pgmq.format_table_name(queue_name, 'a');
        END $$;
        CREATE FUNCTION pgmq.list_queues() RETURNS SETOF pgmq.queue_record LANGUAGE plpgsql AS $$
        BEGIN
          RETURN QUERY SELECT m.queue_name, m.is_partitioned, m.is_unlogged, m.created_at FROM pgmq.meta m;
        END $$;

        CREATE FUNCTION pgmq.send(queue_name text, msg jsonb, delay integer DEFAULT 0) RETURNS SETOF bigint
        LANGUAGE plpgsql AS $$
        BEGIN
          RETURN QUERY EXECUTE format(
            'INSERT INTO pgmq.%I (vt, message) VALUES (clock_timestamp() + make_interval(secs => $2), $1)
             RETURNING msg_id', pgmq.format_table_name(queue_name, 'q')) USING msg, delay;
        END $$;
        CREATE FUNCTION pgmq.send_batch(queue_name text, msgs jsonb[], delay integer DEFAULT 0) RETURNS SETOF bigint
        LANGUAGE plpgsql AS $$
        BEGIN
          RETURN QUERY EXECUTE format(
            'INSERT INTO pgmq.%I (vt, message) SELECT clock_timestamp() + make_interval(secs => $2), unnest($1)
             RETURNING msg_id', pgmq.format_table_name(queue_name, 'q')) USING msgs, delay;
        END $$;
        CREATE FUNCTION pgmq.read(queue_name text, vt integer, qty integer, conditions jsonb)
        RETURNS SETOF pgmq.message_record LANGUAGE plpgsql AS $$
        BEGIN
          RETURN QUERY EXECUTE format(
            'WITH next AS (
               SELECT msg_id FROM pgmq.%1$I
               WHERE vt <= clock_timestamp() AND ($3 IS NULL OR message @> $3)
               ORDER BY msg_id LIMIT $1 FOR UPDATE SKIP LOCKED)
             UPDATE pgmq.%1$I m SET vt = clock_timestamp() + make_interval(secs => $2), read_ct = m.read_ct + 1
             FROM next WHERE m.msg_id = next.msg_id
             RETURNING m.msg_id, m.read_ct, m.enqueued_at, m.vt, m.message',
            pgmq.format_table_name(queue_name, 'q')) USING qty, vt, conditions;
        END $$;
        CREATE FUNCTION pgmq.read(queue_name text, vt integer, qty integer) RETURNS SETOF pgmq.message_record
        LANGUAGE plpgsql AS $$
        BEGIN
          RETURN QUERY SELECT * FROM pgmq.read(queue_name, vt, qty, NULL);
        END $$;
        CREATE FUNCTION pgmq.read_with_poll(
          queue_name text, vt integer, qty integer, max_poll_seconds integer DEFAULT 5,
          poll_interval_ms integer DEFAULT 100)
        RETURNS SETOF pgmq.message_record LANGUAGE plpgsql AS $$
        DECLARE
          until timestamptz := clock_timestamp() + make_interval(secs => max_poll_seconds);
        BEGIN
          WHILE clock_timestamp() < until LOOP
            RETURN QUERY SELECT * FROM pgmq.read(queue_name, vt, qty, NULL);
            EXIT WHEN FOUND;
            PERFORM pg_sleep(poll_interval_ms / 1000.0);
          END LOOP;
        END $$;
        CREATE FUNCTION pgmq.pop(queue_name text) RETURNS SETOF pgmq.message_record LANGUAGE plpgsql AS $$
        BEGIN
          RETURN QUERY EXECUTE format(
            'DELETE FROM pgmq.%1$I WHERE msg_id =
               (SELECT msg_id FROM pgmq.%1$I WHERE vt <= now() ORDER BY msg_id LIMIT 1)
             RETURNING msg_id, read_ct, enqueued_at, vt, message', pgmq.format_table_name(queue_name, 'q'));
        END $$;
        CREATE FUNCTION pgmq.set_vt(queue_name text, msg_id bigint, vt integer) RETURNS SETOF pgmq.message_record
        LANGUAGE plpgsql AS $$
        BEGIN
          RETURN QUERY EXECUTE format(
            'UPDATE pgmq.%I SET vt = now() + make_interval(secs => $2) WHERE msg_id = $1
             RETURNING msg_id, read_ct, enqueued_at, vt, message',
            pgmq.format_table_name(queue_name, 'q')) USING msg_id, vt;
        END $$;
        CREATE FUNCTION pgmq.delete(queue_name text, msg_ids bigint[]) RETURNS SETOF bigint LANGUAGE plpgsql AS $$
        BEGIN
          RETURN QUERY EXECUTE format(
            'DELETE FROM pgmq.%I WHERE msg_id = ANY ($1) RETURNING msg_id',
            pgmq.format_table_name(queue_name, 'q')) USING msg_ids;
        END $$;
        CREATE FUNCTION pgmq.delete(queue_name text, msg_id bigint) RETURNS boolean LANGUAGE plpgsql AS $$
        BEGIN
          RETURN EXISTS (SELECT 1 FROM pgmq.delete(queue_name, ARRAY[msg_id]));
        END $$;
        CREATE FUNCTION pgmq.archive(queue_name text, msg_ids bigint[]) RETURNS SETOF bigint LANGUAGE plpgsql AS $$
        BEGIN
          RETURN QUERY EXECUTE format(
            'WITH gone AS (
               DELETE FROM pgmq.%I WHERE msg_id = ANY ($1) RETURNING msg_id, vt, read_ct, enqueued_at, message)
             INSERT INTO pgmq.%I (msg_id, vt, read_ct, enqueued_at, message)
             SELECT msg_id, vt, read_ct, enqueued_at, message FROM gone RETURNING msg_id',
            pgmq.format_table_name(queue_name, 'q'), pgmq.format_table_name(queue_name, 'a')) USING msg_ids;
        END $$;
        CREATE FUNCTION pgmq.archive(queue_name text, msg_id bigint) RETURNS boolean LANGUAGE plpgsql AS $$
        BEGIN
          RETURN EXISTS (SELECT 1 FROM pgmq.archive(queue_name, ARRAY[msg_id]));
        END $$;
        CREATE FUNCTION pgmq.metrics(queue_name text) RETURNS pgmq.metrics_result LANGUAGE plpgsql AS $$
        DECLARE
          queue text := pgmq.format_table_name(queue_name, 'q');
          result pgmq.metrics_result;
        BEGIN
          EXECUTE format(
            'SELECT $1, count(*), extract(epoch FROM now() - max(enqueued_at))::int,
               extract(epoch FROM now() - min(enqueued_at))::int,
               coalesce((SELECT last_value FROM pg_sequences WHERE schemaname = ''pgmq'' AND sequencename = $2), 0), now()
             FROM pgmq.%I', queue) INTO result USING queue_name, queue || '_msg_id_seq';
          RETURN result;
        END $$;
        CREATE FUNCTION pgmq.metrics_all() RETURNS SETOF pgmq.metrics_result LANGUAGE plpgsql AS $$
        BEGIN
          RETURN QUERY SELECT s.* FROM pgmq.meta m, pgmq.metrics(m.queue_name) s;
        END $$;
        """#

    /// Requests that a statement waits for (http 1.6): the types and signatures, so that code that makes requests is
    /// taken. No request leaves the database, so that each call is refused.
    private static let http = #"""
        CREATE DOMAIN @extschema@.http_method AS text;
        CREATE TYPE @extschema@.http_header AS (field varchar, value varchar);
        CREATE TYPE @extschema@.http_response AS (
            status integer, content_type varchar, headers @extschema@.http_header[], content varchar);
        CREATE TYPE @extschema@.http_request AS (
            method @extschema@.http_method, uri varchar, headers @extschema@.http_header[], content_type varchar,
            content varchar);
        CREATE FUNCTION @extschema@.http_header(field varchar, value varchar) RETURNS @extschema@.http_header
            LANGUAGE sql IMMUTABLE AS $$ SELECT $1, $2 $$;
        CREATE FUNCTION @extschema@.http(request @extschema@.http_request) RETURNS @extschema@.http_response
            LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION 'requests of the extension http are not supported by the emulator yet'
            USING ERRCODE = '0A000', HINT = 'Catch this error, or make the request from a service.';
        END $$;
        CREATE FUNCTION @extschema@.http_get(uri varchar) RETURNS @extschema@.http_response LANGUAGE sql AS $$
          SELECT @extschema@.http(('GET', $1, NULL, NULL, NULL)::@extschema@.http_request) $$;
        CREATE FUNCTION @extschema@.http_get(uri varchar, data jsonb) RETURNS @extschema@.http_response LANGUAGE sql AS $$
          SELECT @extschema@.http(('GET', $1, NULL, NULL, $2::text)::@extschema@.http_request) $$;
        CREATE FUNCTION @extschema@.http_post(uri varchar, content varchar, content_type varchar)
            RETURNS @extschema@.http_response LANGUAGE sql AS $$
          SELECT @extschema@.http(('POST', $1, NULL, $3, $2)::@extschema@.http_request) $$;
        CREATE FUNCTION @extschema@.http_post(uri varchar, data jsonb) RETURNS @extschema@.http_response LANGUAGE sql AS $$
          SELECT @extschema@.http(('POST', $1, NULL, 'application/x-www-form-urlencoded', $2::text)::@extschema@.http_request) $$;
        CREATE FUNCTION @extschema@.http_put(uri varchar, content varchar, content_type varchar)
            RETURNS @extschema@.http_response LANGUAGE sql AS $$
          SELECT @extschema@.http(('PUT', $1, NULL, $3, $2)::@extschema@.http_request) $$;
        CREATE FUNCTION @extschema@.http_patch(uri varchar, content varchar, content_type varchar)
            RETURNS @extschema@.http_response LANGUAGE sql AS $$
          SELECT @extschema@.http(('PATCH', $1, NULL, $3, $2)::@extschema@.http_request) $$;
        CREATE FUNCTION @extschema@.http_delete(uri varchar) RETURNS @extschema@.http_response LANGUAGE sql AS $$
          SELECT @extschema@.http(('DELETE', $1, NULL, NULL, NULL)::@extschema@.http_request) $$;
        CREATE FUNCTION @extschema@.http_delete(uri varchar, content varchar, content_type varchar)
            RETURNS @extschema@.http_response LANGUAGE sql AS $$
          SELECT @extschema@.http(('DELETE', $1, NULL, $3, $2)::@extschema@.http_request) $$;
        CREATE FUNCTION @extschema@.http_head(uri varchar) RETURNS @extschema@.http_response LANGUAGE sql AS $$
          SELECT @extschema@.http(('HEAD', $1, NULL, NULL, NULL)::@extschema@.http_request) $$;
        CREATE FUNCTION @extschema@.http_set_curlopt(curlopt varchar, value varchar) RETURNS boolean
            LANGUAGE sql AS $$ SELECT true $$;
        CREATE FUNCTION @extschema@.http_reset_curlopt() RETURNS boolean LANGUAGE sql AS $$ SELECT true $$;
        """#
}
