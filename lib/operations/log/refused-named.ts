import type { RefusedMessage } from "../../domain/outbox.js";
import type { Engine } from "../engine.js";

/** As many are kept as two weeks bring. */
const PAGE = 100;

/** The message of that name which its topic refused, if it is among the oldest `pages` hundreds. */
export async function refusedNamed(
  { outbox }: Engine,
  topic: string,
  name: string,
  pages: number,
): Promise<RefusedMessage | undefined> {
  let cursor: string | undefined;
  for (let read = 0; read < pages; read++) {
    const page = await outbox.refused(topic, { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
    const found = page.items.find((one) => one.name === name);
    if (found) return found;
    cursor = page.nextCursor;
    if (cursor === undefined) return undefined;
  }
  return undefined;
}
