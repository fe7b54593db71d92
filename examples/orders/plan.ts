import type { Order } from "./order.js";
import type { Product } from "./shop-table.js";

const PRODUCTS = 5;
const BATCH_AT_MOST = 4;
const UNITS_AT_MOST = 3;
/** Of what is ordered, so much is in stock, in percent: the other orders are rolled back. */
const STOCKED = 80;

export interface OrderPlan {
  /** Each is one request; a customer's come one after the other. */
  readonly batches: readonly (readonly (readonly Order[])[])[];
  readonly orders: readonly Order[];
  readonly stock: readonly Product[];
}

/** `run`: names this run's orders and products, beside those of others. */
export function planOf(run: string, orders: number, customers: number): OrderPlan {
  const planned = Array.from({ length: orders }, (_, index): Order => ({
    orderId: `${run}-${String(index + 1).padStart(5, "0")}`,
    customer: `${run}-c${(index % customers) + 1}`,
    number: Math.floor(index / customers) + 1,
    product: `${run}-p${((index * 7) % PRODUCTS) + 1}`,
    units: 1 + ((index * 11) % UNITS_AT_MOST),
  }));
  const byCustomer = Array.from({ length: Math.min(customers, orders) }, (_, customer) =>
    planned.filter((__, index) => index % customers === customer),
  );
  return { orders: planned, stock: stockFor(planned), batches: byCustomer.map(inBatches) };
}

/** Of one order, of two, of three, of four, and again. */
function inBatches(orders: readonly Order[]): readonly (readonly Order[])[] {
  const batches: (readonly Order[])[] = [];
  for (let from = 0; from < orders.length;) {
    const batch = orders.slice(from, from + 1 + (batches.length % BATCH_AT_MOST));
    batches.push(batch);
    from += batch.length;
  }
  return batches;
}

function stockFor(orders: readonly Order[]): readonly Product[] {
  const asked = new Map<string, number>();
  for (const { product, units } of orders) asked.set(product, (asked.get(product) ?? 0) + units);
  return [...asked].map(([product, units]) => ({ product, left: Math.floor((units * STOCKED) / 100) }));
}
