import type { Order } from "../../../examples/orders/order.js";
import type { Shop, Written } from "../../../examples/orders/order-service.js";
import type { Product, StoredOrder } from "../../../examples/orders/shop-table.js";
import { putOutboxItem } from "../../../lib/adapters/memory/outbox-store.js";
import type { MemoryStorage } from "../../../lib/adapters/memory/storage.js";
import { type OutboxItem, outboxIdOf } from "../../../lib/client/index.js";

/** What the process hears no more: it is dead. */
export class Died extends Error {}

export type Fate = "lost-request" | "lost-answer" | "late-landing" | "conflict" | undefined;

/**
 * A shop's table in memory, beside the outbox. Its transactions get lost, land late, or are not answered, as `fate`
 * says.
 */
export class AShop implements Shop {
  readonly orders = new Map<string, StoredOrder>();
  readonly left: Map<string, number>;
  readonly #late: (() => void)[] = [];

  constructor(
    protected readonly storage: MemoryStorage,
    stock: readonly Product[],
    private readonly fate: () => Fate,
  ) {
    this.left = new Map(stock.map(({ product, left }) => [product, left]));
  }

  async place(order: Order, message: OutboxItem): Promise<Written> {
    await Promise.resolve();
    const fate = this.fate();
    if (fate === "lost-request" || fate === "conflict") throw new Error(fate);
    if (fate === "late-landing") {
      this.#late.push(() => void this.write(order, message));
      throw new Error(fate);
    }
    const written = this.write(order, message);
    if (fate === "lost-answer") throw new Error(fate);
    return written;
  }

  /** Transactions of processes that are long dead. */
  landLate(): void {
    for (const land of this.#late.splice(0)) land();
  }

  protected write(order: Order, message: OutboxItem): Written {
    const there = this.orders.get(order.orderId);
    if (there) return { kind: "known", messageId: there.messageId };
    const left = this.left.get(order.product) ?? 0;
    if (left < order.units) return { kind: "sold-out" };
    this.left.set(order.product, left - order.units);
    this.orders.set(order.orderId, { ...order, messageId: outboxIdOf(message) });
    putOutboxItem(this.storage, message.Put.Item);
    return { kind: "placed" };
  }
}
