import { type OutboxItem, outboxIdOf, outboxItem } from "../../lib/client/index.js";
import { TOPIC } from "./names.js";
import type { Answer, Order } from "./order.js";

/** `known`: an earlier try has placed it, with that message. */
export type Written =
  { readonly kind: "placed" | "sold-out" } | { readonly kind: "known"; readonly messageId: string };

export interface Shop {
  /**
   * Writes the order and its message, and takes its units from the stock: all in one transaction, or nothing.
   * @throws if it is not known whether that happened, or it may happen on another try
   */
  place(order: Order, message: OutboxItem): Promise<Written>;
}

export interface OrderServiceOptions {
  readonly outboxTable: string;
  /** @default now */
  readonly nowMs?: () => number;
  /** Hears where it is. Whoever wants its process to die there has it do so. */
  readonly at?: (step: "before-write" | "after-write", order: number) => Promise<void>;
}

/**
 * Places orders one after the other, so that a customer's messages have the order of the customer's orders. It keeps
 * nothing in memory, so whoever asks again may ask another process.
 */
export class OrderService {
  constructor(
    private readonly shop: Shop,
    private readonly options: OrderServiceOptions,
  ) {}

  async place(orders: readonly Order[]): Promise<readonly Answer[]> {
    const answers: Answer[] = [];
    for (const [index, order] of orders.entries()) {
      await this.options.at?.("before-write", index);
      answers.push(await this.#place(order));
      await this.options.at?.("after-write", index);
    }
    return answers;
  }

  async #place(order: Order): Promise<Answer> {
    const { outboxTable: tableName, nowMs = Date.now } = this.options;
    const { orderId, customer } = order;
    const draft = { body: order, key: customer, businessKey: orderId };
    const message = outboxItem(TOPIC, draft, { tableName, nowMs: nowMs() });
    const written = await this.shop.place(order, message);
    if (written.kind === "sold-out") return { orderId, outcome: "sold-out" };
    const isKnown = written.kind === "known";
    const messageId = isKnown ? written.messageId : outboxIdOf(message);
    return { orderId, outcome: "placed", messageId, isKnown };
  }
}
