/*
  Warnings:

  - The values [FULFILLED] on the enum `OrderStatus` will be removed.
*/
-- AlterEnum
BEGIN;
CREATE TYPE "OrderStatus_new" AS ENUM ('PENDING', 'PAID', 'SHIPPED', 'REFUNDED', 'CANCELLED');
ALTER TABLE "Order" ALTER COLUMN "status" DROP DEFAULT;
ALTER TABLE "Order" ALTER COLUMN "status" TYPE "OrderStatus_new" USING ("status"::text::"OrderStatus_new");
ALTER TYPE "OrderStatus" RENAME TO "OrderStatus_old";
ALTER TYPE "OrderStatus_new" RENAME TO "OrderStatus";
DROP TYPE "OrderStatus_old";
ALTER TABLE "Order" ALTER COLUMN "status" SET DEFAULT 'PENDING';
COMMIT;
-- AlterTable
ALTER TABLE "Product" ADD COLUMN     "attributes" JSONB,
ADD COLUMN     "discount" DECIMAL(5,4) NOT NULL DEFAULT 0,
ALTER COLUMN "title" SET DATA TYPE VARCHAR(200);
ALTER TABLE "Product" RENAME CONSTRAINT "Product_pkey" TO "product_pk";
ALTER INDEX "Product_title_price_idx" RENAME TO "product_title_idx";
CREATE SEQUENCE "category_id_seq2"; ALTER TABLE "Category" ALTER COLUMN "id" SET DEFAULT nextval('category_id_seq2');
ALTER SEQUENCE "category_id_seq2" OWNED BY "Category"."id";
DROP SEQUENCE "Category_id_seq";
