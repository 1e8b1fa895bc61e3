create table t (id serial primary key, a text, n int, d date);
copy t (a, n, d) from stdin;
x	1	2024-01-02
\N	\N	\N
a\tb\\c\nd	3	2024-01-03
\.
select * from t order by id;
copy t (id, a, n, d) from stdin with (format csv, header);
id,a,n,d
10,"q ""x"" y",5,
11,,6,2024-02-03
12,"",7,2024-02-03
"13","line
two",8,2024-02-03
\.
select * from t where id >= 10 order by id;
copy t (a, n) from stdin;
x	y
\.
copy t (a, n) from stdin;
x
\.
copy t (a, n) from stdin;
x	1	2
\.
copy t (nope) from stdin;
\.
copy nope from stdin;
\.
copy t (id) from stdin;
1
\.
copy t (a, n) from stdin with (delimiter '|', null 'NIL');
p|NIL
\.
select a, n from t where a = 'p';
create table g (id int generated always as identity, x int not null, y int generated always as (x + 1) stored);
copy g (id, x) from stdin;
5	1
\.
copy g (x) from stdin;
\N
\.
copy g (x, y) from stdin;
1	1
\.
select * from g;
