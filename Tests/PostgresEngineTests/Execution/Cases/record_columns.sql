create function rows_of_sql() returns setof record language sql as $$ select true, 1, '2024-01-01 00:00+00'::timestamptz $$;
select * from rows_of_sql() as t(a bool, b int, c timestamptz);
select * from rows_of_sql() as t(a text, b bigint, c text);
select * from rows_of_sql() as t(a bool, b numeric, c date);
select * from rows_of_sql() as t(a bool, b numeric(5, 2), c timestamp);
select * from rows_of_sql() as t(a int, b int, c text);
select * from rows_of_sql() as t(a bool, b int);
select * from rows_of_sql() as t(a bool, b int, c timestamptz, d int);
select * from rows_of_sql();
create function row_of_sql() returns record language sql as $$ select '2024-01-01 00:00+00'::timestamptz, 'x'::text $$;
select * from row_of_sql() as t(a text, b varchar(3));
select * from row_of_sql() as t(a timestamptz, b text);
create function rows_of_block() returns setof record language plpgsql as $$
begin
  return query select '2024-01-01 00:00+00'::timestamptz, 2;
  return query execute 'select now(), 3' ;
end $$;
select * from rows_of_block() as t(a text, b int);
select * from rows_of_block() as t(a timestamptz, b int, c int);
select b from rows_of_block() as t(a timestamptz, b int);
create function row_of_block(a int) returns record language plpgsql as $$
declare r record;
begin
  if a > 0 then r := row(a, 'text'::text); end if;
  return r;
end $$;
select * from row_of_block(1) as t(a int, b text);
select * from row_of_block(1) as t(a int, b int);
select * from row_of_block(1) as t(a int);
create function pivot(cols text) returns setof record language plpgsql as $$
begin
  return query execute format('select %s from (values (1, ''a''::text), (2, ''b'')) v(n, s)', cols);
end $$;
select * from pivot('n, s') as t(n int, s text);
select * from pivot('s, n') as t(n int, s text);
select * from pivot('s') as t(n text) order by 1 desc;
