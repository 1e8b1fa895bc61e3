-- Hasura style
CREATE OR REPLACE FUNCTION "public"."stamp_user"() RETURNS TRIGGER AS $$
DECLARE
  stamped record;
BEGIN
  stamped := NEW;
  stamped."updatedAt" = NOW();
  RETURN stamped;
END;
$$ LANGUAGE plpgsql;
CREATE TRIGGER "stamp_public_User" BEFORE UPDATE ON "public"."User" FOR EACH ROW EXECUTE PROCEDURE "public"."stamp_user"();
COMMENT ON TRIGGER "stamp_public_User" ON "public"."User" IS 'sets "updatedAt" on every update';

CREATE FUNCTION apply_movement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE "Product" SET "stock" = "stock" + m.total FROM (SELECT product_id, sum(delta) AS total FROM new_rows GROUP BY product_id) m WHERE "Product".id = m.product_id;
  IF EXISTS (SELECT 1 FROM "Product" WHERE stock < 0) THEN
    RAISE EXCEPTION 'out of stock: %', (SELECT string_agg(sku, ', ' ORDER BY sku) FROM "Product" WHERE stock < 0) USING ERRCODE = 'P0409', DETAIL = 'movement refused';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER movements_stmt AFTER INSERT ON inventory_movements REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION apply_movement();

CREATE FUNCTION place_order(p_user text, p_lines jsonb, OUT order_number bigint, OUT total numeric) LANGUAGE plpgsql AS $$
DECLARE
  v_order "Order"%ROWTYPE;
  v_line RECORD;
  v_price "Product"."price"%TYPE;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext(p_user));
  INSERT INTO "Order" ("userId") VALUES (p_user) RETURNING * INTO v_order;
  total := 0;
  FOR v_line IN SELECT * FROM jsonb_to_recordset(p_lines) AS x(sku text, qty int) ORDER BY sku LOOP
    SELECT price * (1 - discount) INTO STRICT v_price FROM "Product" WHERE "sku" = v_line.sku AND active;
    INSERT INTO "OrderLine" ("orderId", "productId", "quantity", "price", "unitPrice")
      SELECT v_order.id, p.id, v_line.qty, v_price, v_price::money FROM "Product" p WHERE p.sku = v_line.sku
      ON CONFLICT ("orderId", "productId") DO UPDATE SET "quantity" = "OrderLine"."quantity" + excluded."quantity";
    INSERT INTO inventory_movements (product_id, delta, warehouse) SELECT id, -v_line.qty, 'main' FROM "Product" WHERE sku = v_line.sku;
    total := total + v_price * v_line.qty;
  END LOOP;
  order_number := v_order.number;
EXCEPTION
  WHEN no_data_found THEN
    RAISE EXCEPTION 'unknown sku %', v_line.sku USING HINT = 'see /products';
END $$;

CREATE FUNCTION handle_stripe_event(event jsonb) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path TO 'public', 'pg_temp' AS $$
DECLARE
  obj jsonb := event #> '{data,object}';
  affected int;
  res text;
BEGIN
  INSERT INTO stripe_events (id, type, payload) VALUES (event ->> 'id', event ->> 'type', event) ON CONFLICT (id) DO NOTHING;
  GET DIAGNOSTICS affected = ROW_COUNT;
  IF affected = 0 THEN RETURN 'duplicate'; END IF;
  CASE event ->> 'type'
    WHEN 'payment_intent.succeeded', 'charge.succeeded' THEN
      UPDATE "Order" SET status = 'PAID' WHERE number = (obj #>> '{metadata,order}')::bigint AND status = 'PENDING' RETURNING 'paid ' || number INTO res;
    WHEN 'charge.refunded' THEN
      UPDATE "Order" o SET status = 'REFUNDED' WHERE o.number::text = obj -> 'metadata' ->> 'order' RETURNING format('refunded %s', number) INTO res;
  END CASE;
  UPDATE stripe_events SET state = CASE WHEN res IS NULL THEN 'failed' ELSE 'processed' END::webhook_state, processed_at = to_timestamp((event ->> 'created')::bigint) WHERE id = event ->> 'id';
  RETURN coalesce(res, 'ignored');
EXCEPTION
  WHEN case_not_found THEN
    RAISE NOTICE 'unhandled %', event ->> 'type';
    RETURN SQLSTATE || ': ' || SQLERRM;
  WHEN invalid_text_representation OR not_null_violation THEN
    GET STACKED DIAGNOSTICS res = MESSAGE_TEXT;
    RETURN 'bad: ' || res;
END $$;

CREATE VIEW order_totals AS
SELECT o.number, o.status, o."placedAt"::date AS day, u.email, count(*) AS lines, sum(l.quantity * l.price) AS total,
  sum(sum(l.quantity * l.price)) OVER (PARTITION BY u.id ORDER BY o.number ROWS UNBOUNDED PRECEDING) AS running,
  lag(sum(l.quantity * l.price), 1, 0) OVER w AS previous,
  ntile(2) OVER (ORDER BY sum(l.quantity * l.price) DESC) AS half,
  to_char(sum(l.quantity * l.price), 'FM999G990D00') AS shown
FROM "Order" o JOIN "User" u ON u.id = o."userId" JOIN "OrderLine" l ON l."orderId" = o.id
GROUP BY o.id, u.id WINDOW w AS (PARTITION BY u.id ORDER BY o.number);

CREATE VIEW category_tree AS
WITH RECURSIVE t(id, name, path, depth) AS (
  SELECT id, name, ARRAY[name], 1 FROM "Category" WHERE "parentId" IS NULL
  UNION ALL
  SELECT c.id, c.name, t.path || c.name, t.depth + 1 FROM "Category" c JOIN t ON c."parentId" = t.id
)
SELECT id, repeat('· ', depth - 1) || name AS label, array_to_string(path, ' / ') AS path, depth FROM t;

CREATE MATERIALIZED VIEW sales_cube AS
SELECT coalesce(c.name, '(all)') AS category, coalesce(o.status::text, '(any)') AS status, sum(l.quantity) AS units, grouping(c.name, o.status) AS g
FROM "OrderLine" l JOIN "Order" o ON o.id = l."orderId" LEFT JOIN "_CategoryToProduct" cp ON cp."B" = l."productId" LEFT JOIN "Category" c ON c.id = cp."A"
GROUP BY CUBE (c.name, o.status);

CREATE FUNCTION products_by_attr(attrs jsonb, variadic skus text[] DEFAULT '{}') RETURNS SETOF "Product" LANGUAGE sql STABLE ROWS 10 AS $$
  SELECT * FROM "Product" p WHERE p.attributes @> attrs AND (skus = '{}' OR p.sku = ANY (skus)) ORDER BY p.sku
$$;
CREATE FUNCTION low_stock(threshold int DEFAULT 5) RETURNS TABLE (sku text, stock int, suggestion text) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_variable
BEGIN
  RETURN QUERY EXECUTE format('SELECT p.sku::text, p.stock, CASE WHEN p.stock = 0 THEN %L ELSE concat_ws('' '', %L, $1 * 2 - p.stock) END FROM %I p WHERE p.stock < $1 ORDER BY p.stock, p.sku', 'urgent', 'order', 'Product') USING threshold;
END $$;
CREATE PROCEDURE expire_coupons(INOUT n int DEFAULT 0) LANGUAGE plpgsql AS $$
BEGIN
  WITH gone AS (DELETE FROM coupons WHERE upper(valid) <= DATE '2024-06-01' RETURNING *) SELECT count(*) INTO n FROM gone;
END $$;
CREATE FUNCTION "totalSpent"(u "User") RETURNS numeric LANGUAGE sql STABLE AS $$ SELECT coalesce(sum(l.quantity * l.price), 0) FROM "Order" o JOIN "OrderLine" l ON l."orderId" = o.id WHERE o."userId" = u.id $$;
ALTER TABLE "User" ENABLE ROW LEVEL SECURITY; ALTER TABLE "Order" ENABLE ROW LEVEL SECURITY; ALTER TABLE "OrderLine" ENABLE ROW LEVEL SECURITY; ALTER TABLE "Product" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "User" USING ((select auth.uid())::text = id) WITH CHECK ((select auth.uid())::text = id AND role = 'USER');
CREATE POLICY "own orders" ON "Order" FOR SELECT TO authenticated USING ("userId" = auth.jwt() ->> 'sub');
CREATE POLICY "lines of own" ON "OrderLine" FOR SELECT USING ("orderId" IN (SELECT id FROM "Order"));
CREATE POLICY "all read" ON "Product" FOR SELECT USING (active OR (auth.jwt() -> 'app_metadata' ->> 'admin')::boolean);
CREATE POLICY "admin write" ON "Product" FOR ALL USING (coalesce((auth.jwt() #>> '{app_metadata,admin}')::boolean, false));
