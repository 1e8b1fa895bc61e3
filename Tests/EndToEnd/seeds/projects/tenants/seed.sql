insert into auth.users (id, email, raw_user_meta_data) values
 ('00000000-0000-0000-0000-0000000000a1','ann@acme.test','{"name":"Ann"}'),
 ('00000000-0000-0000-0000-0000000000b2','bob@acme.test','{"name":"Bob"}'),
 ('00000000-0000-0000-0000-0000000000c3','cy@other.test','{}');
insert into public.organizations (id, slug, name, created_by) values ('10000000-0000-0000-0000-000000000001','acme','Acme Corp','00000000-0000-0000-0000-0000000000a1');
insert into public.organizations (id, slug, name, created_by) values ('10000000-0000-0000-0000-000000000002','other-co','Other','00000000-0000-0000-0000-0000000000c3') ;
insert into public.memberships (org_id, user_id, role) values ('10000000-0000-0000-0000-000000000001','00000000-0000-0000-0000-0000000000b2','member');
insert into public.projects (org_id, key, name, budget, tags, meta) values
 ('10000000-0000-0000-0000-000000000001','WEB','Website relaunch',120000,'{web,design}','{"description":"marketing pages and designs"}'),
 ('10000000-0000-0000-0000-000000000001','API','Public API',5000,'{api}',null),
 ('10000000-0000-0000-0000-000000000002','OPS','Operations',0,'{}','{}');
insert into public.issues (project_id, number, title, priority, due, estimate) values (100,0,'Landing page',1,'2024-06-20','2 days'),(100,0,'Footer',2,'2024-08-01','3:30'),(110,0,'Rate limits',2,null,null),(120,0,'On call',5,null,'1 week');
insert into public.invitations (id, org_id, email, role) values ('20000000-0000-0000-0000-000000000001','10000000-0000-0000-0000-000000000001','New@Acme.test','viewer');
refresh materialized view private.org_rollup;
