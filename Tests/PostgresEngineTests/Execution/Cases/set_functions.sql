create function pairs(out a int, out b text) returns setof record language plpgsql as $$
begin
  for a, b in select n, n || '!' from generate_series(1, 3) n loop
    b := b || '?';
    return next;
  end loop;
  a := null;
  return next;
end $$;
select * from pairs();
create function one_column(n int) returns table (i int) language plpgsql as $$ begin i := n; return next; return next; end $$;
select * from one_column(4);
select one_column(5);
create function plain(n int) returns setof int language plpgsql as $$ begin return next; end $$;
create function plain(n int) returns setof int language plpgsql as $$ begin return next n; return next n + 1; end $$;
select plain(1);
create function not_set(out a int) language plpgsql as $$ begin return next; end $$;
create function one_text() returns table (t text) language sql as $$ select 'a' union all select 'b' order by 1 $$;
select one_text(), pg_typeof(one_text());
select * from one_text();
select t.t from one_text() t;
select one_text.t || '!' from one_text();
create function single(x int, out doubled int) language sql as $$ select x * 2 $$;
select single(4), (select doubled from single(5));
select * from single(6);
create type point2 as (x int, y int);
create function as_point(out p point2) language plpgsql as $$ begin p.x := 1; p.y := 2; end $$;
select * from as_point();
select as_point(), (as_point()).y;
create function points() returns table (p point2) language plpgsql as $$ begin p := row(1, 2); return next; p.x := 3; return next; end $$;
select * from points();
select points();
create function row_next() returns setof point2 language plpgsql as $$ begin return next (5, 6); return query select 7, 8; end $$;
select row_next();
select (row_next()).*;
create function not_there() returns int language plpgsql as $$ begin return query select 1; end $$;
create function in_void() returns void language plpgsql as $$ begin return 1; end $$;
