DO $$ BEGIN
 CREATE TYPE "public"."webhook_state" AS ENUM('received', 'processed', 'failed');
EXCEPTION
 WHEN duplicate_object THEN null;
END $$;
--> statement-breakpoint
DO $$ BEGIN
 CREATE TYPE "public"."webhook_state" AS ENUM('received');
EXCEPTION
 WHEN duplicate_object THEN null;
END $$;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS "stripe_events" (
	"id" text PRIMARY KEY NOT NULL,
	"type" varchar(255) NOT NULL,
	"api_version" char(10),
	"payload" jsonb NOT NULL,
	"state" "webhook_state" DEFAULT 'received' NOT NULL,
	"attempts" integer GENERATED ALWAYS AS IDENTITY (sequence name "stripe_events_attempts_seq" INCREMENT BY 10 MINVALUE 1 MAXVALUE 2147483647 START WITH 10 CACHE 1),
	"livemode" boolean GENERATED ALWAYS AS (("payload" ->> 'livemode')::boolean) STORED,
	"amount" numeric(12, 2) GENERATED ALWAYS AS (((("payload" -> 'data' -> 'object') ->> 'amount')::numeric / 100)) STORED,
	"received_at" timestamp with time zone DEFAULT now() NOT NULL,
	"processed_at" timestamp (3) with time zone,
	CONSTRAINT "stripe_events_type_check" CHECK ("stripe_events"."type" LIKE '%.%'),
	CONSTRAINT "stripe_events_attempts_unique" UNIQUE NULLS NOT DISTINCT("attempts")
);
--> statement-breakpoint
CREATE TABLE "inventory_movements" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"product_id" integer NOT NULL,
	"delta" integer NOT NULL,
	"reason" text DEFAULT 'sale',
	"at" timestamptz DEFAULT now() NOT NULL,
	"warehouse" text NOT NULL
);
--> statement-breakpoint
DO $$ BEGIN
 ALTER TABLE "inventory_movements" ADD CONSTRAINT "inventory_movements_product_id_Product_id_fk" FOREIGN KEY ("product_id") REFERENCES "public"."Product"("id") ON DELETE cascade ON UPDATE no action;
EXCEPTION
 WHEN duplicate_object THEN null;
END $$;
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "mov_idx" ON "inventory_movements" USING btree ("product_id","at" DESC NULLS LAST);--> statement-breakpoint
CREATE UNIQUE INDEX "one_initial" ON "inventory_movements" USING btree ("product_id", lower("warehouse")) WHERE reason = 'initial';--> statement-breakpoint
ALTER TABLE "stripe_events" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "service only" ON "stripe_events" AS PERMISSIVE FOR ALL TO "service_role" USING (true);--> statement-breakpoint
CREATE VIEW "public"."paid_events" AS (select "id", "type", "amount" from "stripe_events" where "stripe_events"."state" = 'processed');
