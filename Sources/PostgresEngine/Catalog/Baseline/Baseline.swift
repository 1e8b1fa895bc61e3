/// What every database holds before a user's first statement, as on Supabase: roles, schemas, the main tables of Auth
/// and Storage with their main columns, default privileges. Kept as DDL, so that it is loaded and replayed like any.
enum Baseline {
    static let text = #"""
        CREATE ROLE supabase_admin SUPERUSER LOGIN BYPASSRLS CREATEROLE CREATEDB;
        CREATE ROLE anon NOLOGIN;
        CREATE ROLE authenticated NOLOGIN;
        CREATE ROLE service_role NOLOGIN BYPASSRLS;
        CREATE ROLE authenticator LOGIN NOINHERIT;
        CREATE ROLE supabase_auth_admin LOGIN NOINHERIT CREATEROLE;
        CREATE ROLE supabase_storage_admin LOGIN NOINHERIT CREATEROLE BYPASSRLS;
        CREATE ROLE dashboard_user NOLOGIN CREATEROLE CREATEDB;
        GRANT anon, authenticated, service_role TO authenticator;
        GRANT anon, authenticated, service_role TO postgres;
        GRANT anon, authenticated, service_role TO supabase_storage_admin;

        CREATE SCHEMA extensions;
        CREATE SCHEMA auth AUTHORIZATION supabase_admin;
        CREATE SCHEMA storage AUTHORIZATION supabase_admin;
        CREATE SCHEMA realtime AUTHORIZATION supabase_admin;
        CREATE SCHEMA vault AUTHORIZATION supabase_admin;
        CREATE SCHEMA graphql_public AUTHORIZATION supabase_admin;
        CREATE SCHEMA cron AUTHORIZATION supabase_admin;
        CREATE SCHEMA net AUTHORIZATION supabase_admin;
        GRANT USAGE ON SCHEMA public, extensions, auth, storage, realtime, graphql_public
          TO postgres, anon, authenticated, service_role;
        GRANT ALL ON SCHEMA auth TO supabase_auth_admin;
        GRANT ALL ON SCHEMA storage TO supabase_storage_admin;
        GRANT ALL ON SCHEMA auth, storage, realtime, extensions, cron, net TO postgres, dashboard_user;
        GRANT USAGE ON SCHEMA vault, cron, net TO postgres, service_role;
        GRANT USAGE ON SCHEMA net TO anon, authenticated;
        CREATE EXTENSION pgcrypto WITH SCHEMA extensions;
        CREATE EXTENSION "uuid-ossp" WITH SCHEMA extensions;
        CREATE EXTENSION pg_stat_statements WITH SCHEMA extensions;

        ALTER DEFAULT PRIVILEGES FOR ROLE postgres, supabase_admin IN SCHEMA public
          GRANT ALL ON TABLES TO postgres, anon, authenticated, service_role;
        ALTER DEFAULT PRIVILEGES FOR ROLE postgres, supabase_admin IN SCHEMA public
          GRANT ALL ON SEQUENCES TO postgres, anon, authenticated, service_role;
        ALTER DEFAULT PRIVILEGES FOR ROLE postgres, supabase_admin IN SCHEMA public
          GRANT ALL ON FUNCTIONS TO postgres, anon, authenticated, service_role;

        CREATE TYPE auth.aal_level AS ENUM ('aal1', 'aal2', 'aal3');
        CREATE TYPE auth.factor_type AS ENUM ('totp', 'webauthn', 'phone');
        CREATE TYPE auth.factor_status AS ENUM ('unverified', 'verified');
        CREATE TABLE auth.users (
          instance_id uuid,
          id uuid NOT NULL PRIMARY KEY,
          aud varchar(255),
          role varchar(255),
          email varchar(255),
          encrypted_password varchar(255),
          email_confirmed_at timestamptz,
          invited_at timestamptz,
          confirmation_token varchar(255),
          confirmation_sent_at timestamptz,
          recovery_token varchar(255),
          recovery_sent_at timestamptz,
          email_change_token_new varchar(255),
          email_change varchar(255),
          email_change_sent_at timestamptz,
          last_sign_in_at timestamptz,
          raw_app_meta_data jsonb,
          raw_user_meta_data jsonb,
          is_super_admin boolean,
          created_at timestamptz,
          updated_at timestamptz,
          phone text DEFAULT NULL,
          phone_confirmed_at timestamptz,
          phone_change text DEFAULT '',
          phone_change_token varchar(255) DEFAULT '',
          phone_change_sent_at timestamptz,
          confirmed_at timestamptz GENERATED ALWAYS AS (LEAST(email_confirmed_at, phone_confirmed_at)) STORED,
          email_change_token_current varchar(255) DEFAULT '',
          email_change_confirm_status smallint DEFAULT 0,
          banned_until timestamptz,
          reauthentication_token varchar(255) DEFAULT '',
          reauthentication_sent_at timestamptz,
          is_sso_user boolean NOT NULL DEFAULT false,
          deleted_at timestamptz,
          is_anonymous boolean NOT NULL DEFAULT false,
          CONSTRAINT users_phone_key UNIQUE (phone),
          CONSTRAINT users_email_change_confirm_status_check
            CHECK (email_change_confirm_status >= 0 AND email_change_confirm_status <= 2)
        );
        CREATE UNIQUE INDEX users_email_partial_key ON auth.users (email) WHERE is_sso_user = false;
        CREATE INDEX users_instance_id_idx ON auth.users (instance_id);
        CREATE TABLE auth.identities (
          provider_id text NOT NULL,
          user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
          identity_data jsonb NOT NULL,
          provider text NOT NULL,
          last_sign_in_at timestamptz,
          created_at timestamptz,
          updated_at timestamptz,
          email text GENERATED ALWAYS AS (lower(identity_data ->> 'email')) STORED,
          id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
          CONSTRAINT identities_provider_id_provider_unique UNIQUE (provider_id, provider)
        );
        CREATE TABLE auth.sessions (
          id uuid NOT NULL PRIMARY KEY,
          user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
          created_at timestamptz,
          updated_at timestamptz,
          factor_id uuid,
          aal auth.aal_level,
          not_after timestamptz,
          refreshed_at timestamp,
          user_agent text,
          ip inet,
          tag text
        );
        CREATE TABLE auth.refresh_tokens (
          instance_id uuid,
          id bigserial PRIMARY KEY,
          token varchar(255) CONSTRAINT refresh_tokens_token_unique UNIQUE,
          user_id varchar(255),
          revoked boolean,
          created_at timestamptz,
          updated_at timestamptz,
          parent varchar(255),
          session_id uuid REFERENCES auth.sessions (id) ON DELETE CASCADE
        );
        CREATE TABLE auth.mfa_factors (
          id uuid NOT NULL PRIMARY KEY,
          user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
          friendly_name text,
          factor_type auth.factor_type NOT NULL,
          status auth.factor_status NOT NULL,
          created_at timestamptz NOT NULL,
          updated_at timestamptz NOT NULL,
          secret text,
          phone text,
          last_challenged_at timestamptz UNIQUE
        );
        ALTER TABLE auth.mfa_factors ENABLE ROW LEVEL SECURITY;
        GRANT ALL ON auth.mfa_factors TO postgres, supabase_auth_admin, dashboard_user;
        CREATE TABLE auth.schema_migrations (version varchar(255) PRIMARY KEY);
        ALTER TABLE auth.users ENABLE ROW LEVEL SECURITY;
        ALTER TABLE auth.identities ENABLE ROW LEVEL SECURITY;
        ALTER TABLE auth.sessions ENABLE ROW LEVEL SECURITY;
        ALTER TABLE auth.refresh_tokens ENABLE ROW LEVEL SECURITY;
        GRANT ALL ON auth.users, auth.identities, auth.sessions, auth.refresh_tokens, auth.schema_migrations
          TO postgres, supabase_auth_admin, dashboard_user;
        GRANT ALL ON SEQUENCE auth.refresh_tokens_id_seq TO postgres, supabase_auth_admin, dashboard_user;

        CREATE TABLE storage.buckets (
          id text NOT NULL PRIMARY KEY,
          name text NOT NULL,
          owner uuid,
          created_at timestamptz DEFAULT now(),
          updated_at timestamptz DEFAULT now(),
          public boolean DEFAULT false,
          avif_autodetection boolean DEFAULT false,
          file_size_limit bigint,
          allowed_mime_types text[],
          owner_id text
        );
        CREATE UNIQUE INDEX bname ON storage.buckets (name);
        CREATE TABLE storage.objects (
          id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
          bucket_id text,
          name text,
          owner uuid,
          created_at timestamptz DEFAULT now(),
          updated_at timestamptz DEFAULT now(),
          last_accessed_at timestamptz DEFAULT now(),
          metadata jsonb,
          path_tokens text[] GENERATED ALWAYS AS (string_to_array(name, '/')) STORED,
          version text,
          owner_id text,
          user_metadata jsonb,
          CONSTRAINT "objects_bucketId_fkey" FOREIGN KEY (bucket_id) REFERENCES storage.buckets (id)
        );
        CREATE UNIQUE INDEX bucketid_objname ON storage.objects (bucket_id, name);
        ALTER TABLE storage.buckets ENABLE ROW LEVEL SECURITY;
        ALTER TABLE storage.objects ENABLE ROW LEVEL SECURITY;
        GRANT ALL ON storage.buckets, storage.objects
          TO postgres, anon, authenticated, service_role, supabase_storage_admin;
        CREATE INDEX name_prefix_search ON storage.objects (name text_pattern_ops);

        CREATE TABLE realtime.messages (
          topic text NOT NULL,
          extension text NOT NULL,
          payload jsonb,
          event text,
          private boolean DEFAULT false,
          updated_at timestamp NOT NULL DEFAULT now(),
          inserted_at timestamp NOT NULL DEFAULT now(),
          id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY
        );
        ALTER TABLE realtime.messages ENABLE ROW LEVEL SECURITY;
        GRANT SELECT, INSERT, UPDATE ON realtime.messages TO postgres, anon, authenticated, service_role;

        CREATE TABLE vault.secrets (
          id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
          name text UNIQUE,
          description text NOT NULL DEFAULT '',
          secret text NOT NULL,
          key_id uuid,
          nonce bytea,
          created_at timestamptz NOT NULL DEFAULT now(),
          updated_at timestamptz NOT NULL DEFAULT now()
        );
        CREATE VIEW vault.decrypted_secrets AS
          SELECT id, name, description, secret, secret AS decrypted_secret, key_id, nonce, created_at, updated_at
          FROM vault.secrets;
        GRANT ALL ON vault.secrets, vault.decrypted_secrets TO postgres, service_role;

        CREATE TABLE cron.job (
          jobid bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
          schedule text NOT NULL,
          command text NOT NULL,
          nodename text NOT NULL DEFAULT 'localhost',
          nodeport integer NOT NULL DEFAULT 5432,
          database text NOT NULL DEFAULT current_database(),
          username text NOT NULL DEFAULT current_user,
          active boolean NOT NULL DEFAULT true,
          jobname text UNIQUE
        );
        CREATE TABLE cron.job_run_details (
          jobid bigint,
          runid bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
          job_pid integer,
          database text,
          username text,
          command text,
          status text,
          return_message text,
          start_time timestamptz,
          end_time timestamptz
        );
        GRANT ALL ON cron.job, cron.job_run_details TO postgres;
        CREATE TABLE net.http_request_queue (
          id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
          method text NOT NULL,
          url text NOT NULL,
          headers jsonb,
          body bytea,
          timeout_milliseconds integer NOT NULL
        );
        GRANT ALL ON net.http_request_queue TO postgres;
        CREATE PUBLICATION supabase_realtime;
        ALTER PUBLICATION supabase_realtime OWNER TO postgres;

        CREATE FUNCTION storage.update_updated_at_column() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          NEW.updated_at = now();
          RETURN NEW;
        END
        $$;
        CREATE TRIGGER update_objects_updated_at BEFORE UPDATE ON storage.objects
          FOR EACH ROW EXECUTE FUNCTION storage.update_updated_at_column();

        CREATE FUNCTION realtime.topic() RETURNS text LANGUAGE sql STABLE AS
          $$ SELECT nullif(current_setting('realtime.topic', true), '') $$;
        CREATE FUNCTION realtime.send(payload jsonb, event text, topic text, private boolean DEFAULT true)
        RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
        BEGIN
          INSERT INTO realtime.messages (topic, extension, payload, event, private)
          VALUES (send.topic, 'broadcast', send.payload, send.event, send.private);
        END
        $$;

        CREATE FUNCTION vault.create_secret(
          new_secret text, new_name text DEFAULT NULL, new_description text DEFAULT '', new_key_id uuid DEFAULT NULL)
        RETURNS uuid LANGUAGE sql AS $$
          INSERT INTO vault.secrets (secret, name, description, key_id)
          VALUES (new_secret, new_name, new_description, new_key_id) RETURNING id
        $$;
        CREATE FUNCTION vault.update_secret(
          secret_id uuid, new_secret text DEFAULT NULL, new_name text DEFAULT NULL, new_description text DEFAULT NULL,
          new_key_id uuid DEFAULT NULL)
        RETURNS void LANGUAGE sql AS $$
          UPDATE vault.secrets SET secret = coalesce(new_secret, secret), name = coalesce(new_name, name),
            description = coalesce(new_description, description), key_id = coalesce(new_key_id, key_id),
            updated_at = now()
          WHERE id = secret_id
        $$;

        CREATE FUNCTION net.http_post(
          url text, body jsonb DEFAULT '{}', params jsonb DEFAULT '{}',
          headers jsonb DEFAULT '{"Content-Type": "application/json"}', timeout_milliseconds integer DEFAULT 5000)
        RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$
          INSERT INTO net.http_request_queue (method, url, headers, body, timeout_milliseconds)
          VALUES ('POST', http_post.url, http_post.headers, convert_to(http_post.body::text, 'UTF8'),
            http_post.timeout_milliseconds)
          RETURNING id
        $$;
        CREATE FUNCTION net.http_get(
          url text, params jsonb DEFAULT '{}', headers jsonb DEFAULT '{}', timeout_milliseconds integer DEFAULT 5000)
        RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$
          INSERT INTO net.http_request_queue (method, url, headers, timeout_milliseconds)
          VALUES ('GET', http_get.url, http_get.headers, http_get.timeout_milliseconds)
          RETURNING id
        $$;
        CREATE FUNCTION net.http_delete(
          url text, params jsonb DEFAULT '{}', headers jsonb DEFAULT '{}', timeout_milliseconds integer DEFAULT 5000)
        RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$
          INSERT INTO net.http_request_queue (method, url, headers, timeout_milliseconds)
          VALUES ('DELETE', http_delete.url, http_delete.headers, http_delete.timeout_milliseconds)
          RETURNING id
        $$;

        CREATE FUNCTION cron.check_schedule(schedule text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
        BEGIN
          IF schedule !~* ('^\s*(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|[1-5]?[0-9]\s+seconds?|'
            '([0-9a-z*,/$-]+\s+){4}[0-9a-z*,/-]+)\s*$')
          THEN
            RAISE EXCEPTION 'invalid schedule: %', schedule USING ERRCODE = '22023',
              HINT = 'Use cron format (e.g. 5 4 * * *), or interval format ''[1-59] seconds''';
          END IF;
          RETURN schedule;
        END
        $$;
        CREATE FUNCTION cron.schedule(job_name text, schedule text, command text) RETURNS bigint LANGUAGE sql AS $$
          INSERT INTO cron.job (jobname, schedule, command) VALUES ($1, cron.check_schedule($2), $3)
          ON CONFLICT (jobname) DO UPDATE SET schedule = excluded.schedule, command = excluded.command
          RETURNING jobid
        $$;
        CREATE FUNCTION cron.schedule(schedule text, command text) RETURNS bigint LANGUAGE sql AS $$
          INSERT INTO cron.job (schedule, command) VALUES (cron.check_schedule($1), $2) RETURNING jobid
        $$;
        CREATE FUNCTION cron.alter_job(
          job_id bigint, schedule text DEFAULT NULL, command text DEFAULT NULL, database text DEFAULT NULL,
          username text DEFAULT NULL, active boolean DEFAULT NULL)
        RETURNS void LANGUAGE sql AS $$
          UPDATE cron.job j SET schedule = coalesce(cron.check_schedule($2), j.schedule),
            command = coalesce($3, j.command), active = coalesce($6, j.active)
          WHERE j.jobid = $1
        $$;
        CREATE FUNCTION cron.unschedule(job_name text) RETURNS boolean LANGUAGE plpgsql AS $$
        BEGIN
          DELETE FROM cron.job WHERE jobname = job_name;
          IF NOT FOUND THEN
            RAISE EXCEPTION 'could not find valid entry for job ''%''', job_name;
          END IF;
          RETURN true;
        END
        $$;
        CREATE FUNCTION cron.unschedule(job_id bigint) RETURNS boolean LANGUAGE plpgsql AS $$
        BEGIN
          DELETE FROM cron.job WHERE jobid = job_id;
          IF NOT FOUND THEN
            RAISE EXCEPTION 'could not find valid entry for job %', job_id;
          END IF;
          RETURN true;
        END
        $$;

        CREATE FUNCTION public.apply_postgrest_permissions() RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
        BEGIN
          GRANT USAGE ON SCHEMA public TO anon, authenticated, service_role;
          GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO anon, authenticated;
          GRANT ALL ON ALL TABLES IN SCHEMA public TO service_role;
          GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO anon, authenticated, service_role;
          GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO anon, authenticated, service_role;
          NOTIFY pgrst, 'reload schema';
        END
        $$;
        CREATE FUNCTION public.configure_storage_rls() RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
        BEGIN
          ALTER ROLE supabase_storage_admin BYPASSRLS;
          ALTER TABLE storage.objects ENABLE ROW LEVEL SECURITY;
          ALTER TABLE storage.buckets ENABLE ROW LEVEL SECURITY;
          DROP POLICY IF EXISTS "Objects in public buckets are readable" ON storage.objects;
          CREATE POLICY "Objects in public buckets are readable" ON storage.objects FOR SELECT
            USING (EXISTS (SELECT 1 FROM storage.buckets b WHERE b.id = bucket_id AND b.public));
          DROP POLICY IF EXISTS "Public buckets are visible" ON storage.buckets;
          CREATE POLICY "Public buckets are visible" ON storage.buckets FOR SELECT USING (public);
        END
        $$;
        REVOKE EXECUTE ON FUNCTION public.apply_postgrest_permissions(), public.configure_storage_rls()
          FROM anon, authenticated;
        """#
}
