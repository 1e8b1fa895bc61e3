create procedure p(inout a int, out b text, c int default 5) language plpgsql as $$
begin
  a := a + c; b := 'b' || a;
end $$;
call p(1, null);
call p(a => 1, b => null);
call p(1, b => null, c => 7);
call p(c => 1, b => null, a => 3);
call p(1);
call p(1, nosuch => 2);
do $$ declare x int := 3; y text; begin call p(x, y); raise notice '% %', x, y; call p(a => x, b => y, c => 1); raise notice '% %', x, y; call p(b => y, a => x); raise notice '% %', x, y; end $$;
create function rows_short() returns p_row language plpgsql as $$ begin return row(1, 'k'); end $$;
create type p_row as (a bigint, b text, c int);
create function rows_short() returns p_row language plpgsql as $$ begin return row(1, 'k'); end $$;
select rows_short();
create function rows_shorter() returns p_row language plpgsql as $$ begin return row(1::bigint, 'k'::text); end $$;
select rows_shorter();
