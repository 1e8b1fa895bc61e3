create table users (id int);
select * from user;
select * from current_user as u(name);
select u from session_user u;
select count(*) from current_date d;
select a.current_schema, b.x from current_schema a, current_catalog b(x) where b.x is not null and false;
select user.user from user;
