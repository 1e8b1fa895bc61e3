insert into categories (name, parent_id) values ('Clothing', null), ('Men''s Shirts', 1), ('Books & More', null);
with recursive t as (select id, slug as path from categories where parent_id is null union all select c.id, t.path || '/' || c.slug from categories c join t on c.parent_id = t.id) update categories c set path = t.path from t where t.id = c.id;
insert into products (id, sku, name, category_id, price, compare_at, attributes, tags) values
 ('00000000-0000-0000-0000-0000000000a1','SH-1','Blue cotton shirt',2,29.9,39,'{"color":"blue","sizes":["S","M"],"description":"A running shirt for runners"}','{sale,summer}'),
 ('00000000-0000-0000-0000-0000000000a2','SH-2','Red wool shirts',2,59,null,'{"color":"red","sizes":["L"]}','{winter}'),
 ('00000000-0000-0000-0000-0000000000a3','BK-1','Running PostgreSQL',3,45.5,null,'{"pages":320,"description":"databases"}','{}'),
 ('00000000-0000-0000-0000-0000000000a4','BK-2','Old book',3,5,null,default,default);
update products set is_active = false where sku = 'BK-2';
insert into inventory select id, case sku when 'SH-1' then 3 else 100 end from products;
insert into auth.users (id, email) values ('11111111-1111-1111-1111-111111111111','ann@example.com'),('22222222-2222-2222-2222-222222222222','bob@example.com');
insert into customers select id, email, initcap(split_part(email,'@',1)) from auth.users;
insert into orders (customer_id, status) values ('11111111-1111-1111-1111-111111111111', default), ('22222222-2222-2222-2222-222222222222','cart');
insert into order_items (order_id, product_id, quantity) values (100, '00000000-0000-0000-0000-0000000000a1', 2), (100, '00000000-0000-0000-0000-0000000000a3', 1), (101,'00000000-0000-0000-0000-0000000000a1',2);
update orders set status = 'placed' where id = 100;
insert into coupons (code, kind, amount, max_uses) values ('TEN','percent',10,5), ('OFF20','fixed',20,0);
refresh materialized view sales_by_category;
alter table order_events add constraint fk_order foreign key (order_id) references orders(id) not valid;
alter table order_events validate constraint fk_order;
