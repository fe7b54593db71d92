import type { Erasure } from "../../domain/message.js";
import { parseGivenId } from "../../domain/message-id.js";
import { isOutboxName } from "../../domain/outbox.js";
import type { Engine } from "../engine.js";
import { refusedNamed } from "../log/refused-named.js";

/** More than a look-up goes through: nobody erases often, and two weeks may bring many. */
const REFUSED_PAGES = 200;

/**
 * Takes out the content of a message that waits in the outbox, or was refused there, so that it is never published. Its
 * place among the refused keeps who did so, and when; told of one that was erased there before. A relay takes it away
 * by the same condition: one of them wins. undefined: it is not there, or not any more.
 */
export async function eraseInOutbox(
  engine: Engine,
  id: string,
  erasure: Erasure,
): Promise<Erasure | undefined> {
  const topic = parseGivenId(id)?.topic;
  const name = topic === undefined ? "" : id.slice(topic.length + 1);
  if (topic === undefined || !isOutboxName(name)) return undefined;
  const { outbox } = engine;
  const waiting = await outbox.find(topic, name);
  if (waiting && (await outbox.erase(waiting, erasure)) === "erased") return erasure;
  const refused = await refusedNamed(engine, topic, name, REFUSED_PAGES);
  if (!refused || refused.erased) return refused?.erased;
  return (await outbox.erase(refused, erasure)) === "erased" ? erasure : undefined;
}
