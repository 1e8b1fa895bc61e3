create function a1() returns bigint language plpgsql as $$
declare n bigint; begin select count(*) into n from pg_namespace n where n.oid = 11; return n; end $$;
select a1();
create table tt (id int, v text);
insert into tt values (1, 'x');
create function a2() returns text language plpgsql as $$
declare t text; begin select t.v into t from tt t where t.id = 1; return t; end $$;
select a2();
create function a3() returns text language plpgsql as $$
declare t record; n text; begin for t in select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and relname = 'tt' loop n := t.relname; end loop; return n; end $$;
select a3();
create function a4() returns text language plpgsql as $$
declare t record; begin select 1 as id, 'q' as v into t; return (select t.v from tt t where t.id = 1); end $$;
select a4();
create function a5() returns text language plpgsql as $$
declare tt text := 'var'; begin return (select tt.v from tt where tt.id = 1); end $$;
select a5();
create function a6() returns text language plpgsql as $$
declare tt jsonb := '{"v": 1}'; begin return tt.v; end $$;
select a6();
create function a7() returns text language plpgsql as $$
declare p point := '(1,2)'; x timestamptz := '2024-01-01'; begin return x.v; end $$;
select a7();
