import type { ReadMessage, Selection } from "../../../lib/domain/reading.js";
import type { StartFrom } from "../../../lib/domain/subscription.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { type ReadRequest, type Reading, readMessages } from "../../../lib/operations/read/read-messages.js";

export interface Asked {
  readonly from?: StartFrom;
  readonly cursor?: string;
  readonly limit?: number;
  readonly selection?: Selection;
  readonly waitSeconds?: number;
  readonly maxBytes?: number;
}

/** A body's size counts. */
const sizeOf = (message: ReadMessage): number => ("body" in message ? message.body.length : 1);

export const asked = ({ from = "earliest", cursor, ...more }: Asked = {}): ReadRequest => ({
  at: cursor === undefined ? { from } : { cursor },
  ...{ limit: 100, selection: {}, waitSeconds: 0, maxBytes: 1_000_000, sizeOf },
  ...more,
});

/** One page of topic `orders`. */
export const read = (engine: Engine, more: Asked = {}): Promise<Reading> =>
  readMessages(engine, "orders", asked(more));

/** A body as text, or why there is none. */
export const shown = ({ messages }: Pick<Reading, "messages">): readonly string[] =>
  messages.map((message) => ("body" in message ? String(message.body) : `(${message.unreadable})`));

/** All pages up to the end. */
export async function readToEnd(engine: Engine, more: Asked = {}) {
  const pages: Reading[] = [];
  let page = await read(engine, more);
  for (pages.push(page); !page.isEnd; pages.push(page)) {
    if (pages.length > 500) throw new Error("the pages do not end");
    const { from: _, ...others } = more;
    page = await read(engine, { ...others, cursor: page.nextCursor });
  }
  return { pages, shown: pages.flatMap(shown), cursor: page.nextCursor };
}
