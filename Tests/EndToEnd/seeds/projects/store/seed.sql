INSERT INTO "User" ("id", "email", "name", "role", "balance", "scores", "avatar", "updatedAt", "createdAt") VALUES
 ('11111111-1111-1111-1111-111111111111', 'a@x.io', 'Ada', 'USER', 12.5, '{3,1,2}', '\xdeadbeef', '2024-01-01', '2024-01-01 10:00:00.1239'),
 ('22222222-2222-2222-2222-222222222222', 'b@x.io', E'Bo\'b', 'ADMIN', -0.000000000000000000000000000001, NULL, NULL, '2024-01-02', '2024-01-02');
INSERT INTO "Product" (sku, title, price, weight, stock, attributes, discount, active, "releaseDate") VALUES
 ('TEE-S', 'Tee (small)', 19.99, 0.2, 10, '{"color": "red", "size": "S", "tags": ["cotton","eu"]}', 0.1, true, '2023-05-01'),
 ('TEE-L', 'Tee (large)', 21.49, 0.3, 3, '{"color": "red", "size": "L"}', 0, true, NULL),
 ('MUG', 'Mug', 8, 0.4, 0, '{"color": "blue"}', 0.3333, true, '2024-02-29'),
 ('OLD', 'Old thing', 1, NULL, 5, NULL, 0, false, '0044-03-15 BC');
INSERT INTO "Category" (name, "parentId") VALUES ('Clothes', NULL), ('Shirts', 1), ('Home', NULL), ('Kitchen', 3), ('Tees', 2);
INSERT INTO "_CategoryToProduct" VALUES (5, 1), (5, 2), (4, 3), (1, 1);
INSERT INTO "Order" (id, number, "userId", status, "placedAt") OVERRIDING USER VALUE VALUES
 ('aaaaaaaa-0000-0000-0000-000000000001', 1, '11111111-1111-1111-1111-111111111111', 'PAID', '2024-03-01 08:00'),
 ('aaaaaaaa-0000-0000-0000-000000000002', 2, '22222222-2222-2222-2222-222222222222', 'PENDING', '2024-03-02 09:30'),
 ('aaaaaaaa-0000-0000-0000-000000000003', 3, '11111111-1111-1111-1111-111111111111', 'CANCELLED', '2024-03-31 02:30');
SELECT setval('"Order_number_seq"', (SELECT max(number) FROM "Order"));
INSERT INTO "OrderLine" ("orderId", "productId", quantity, price) VALUES ('aaaaaaaa-0000-0000-0000-000000000001', 1, 2, 17.99), ('aaaaaaaa-0000-0000-0000-000000000001', 3, 1, 5.33), ('aaaaaaaa-0000-0000-0000-000000000002', 2, 100, 21.49), ('aaaaaaaa-0000-0000-0000-000000000003', 1, 1, 19.99);
INSERT INTO auth_group (name) VALUES ('vip'), ('staff');
INSERT INTO shop_review (stars, body, ip, spent, product_id, group_id, slug) VALUES (5, 'great', '10.0.0.1', '00:01:30', 1, 1, 'a'), (0, 'bad', '2001:db8::/32', '1 day 02:03:04.5', 2, NULL, 'b');
INSERT INTO coupons (code, percent, valid, settings, created_at, updated_at) VALUES ('SUMMER', 10, '[2024-06-01,2024-08-31]', 'max=>3', '2024-01-01', '2024-01-01'), ('OLD', 5.5, '[2023-01-01,2024-01-01)', NULL, '2023-01-01', '2023-01-01'), ('ANY', NULL, '(,)', 'x=>"1"', '2023-01-01', '2023-01-01');
INSERT INTO inventory_movements (product_id, delta, reason, warehouse) VALUES (1, 5, 'initial', 'Main'), (3, 7, 'initial', 'Main');
REFRESH MATERIALIZED VIEW sales_cube;
