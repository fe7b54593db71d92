import { z } from "zod";
import type { Delivery, MessageTrace, TracedMessage } from "../lib/client/index.js";
import { allPages } from "./all-pages.js";
import { Count, command } from "./command.js";
import { attemptLines } from "./failed-attempts.js";
import { lines } from "./lines.js";
import { consumerOf, errorOf } from "./stuck.js";
import { tableOf } from "./table.js";

export const trace = command({
  usage: "trace <id>",
  summary: "Show where a message is, what became of it in each subscription, and what it waits for",
  options: [["--limit <count>", "no more subscriptions than so many; default: all"]],
  input: z.object({ id: z.string(), limit: Count.optional() }),
  run: async ({ client, input: { id, limit }, result }) => {
    const queue = await client();
    let message: MessageTrace["message"] | undefined;
    const tracing = async (page: { limit: number; cursor?: string }) => {
      const found = await queue.traceMessage(id, page);
      message ??= found.message;
      return found;
    };
    // Without any subscription there is still the message.
    if (limit === 0) await tracing({ limit: 1 });
    const items = await allPages(tracing, limit);
    await result({ message, items }, textOf(message, items));
  },
});

const HEADINGS = ["SUBSCRIPTION", "STATE", "ATTEMPT", "WAITS FOR", "UNTIL", "CONSUMER", "LAST ERROR"];

function textOf(message: Partial<MessageTrace["message"]> = {}, items: readonly TracedMessage[]): string {
  const failed = items.flatMap(({ subscription, attempts = [] }) =>
    attempts.length > 0 ? [`\nfailed attempts of ${subscription}:\n${attemptLines(attempts)}`] : [],
  );
  const delivered = items.flatMap(({ subscription, deliveries = [], moreDeliveries }) =>
    deliveries.length > 0 || moreDeliveries
      ? [
          [
            `\ndeliveries to ${subscription}:`,
            ...deliveries.map(deliveryLine),
            ...moreLine(moreDeliveries),
          ].join("\n"),
        ]
      : [],
  );
  const notRead = items.flatMap(({ subscription, notRead: parts = [] }) =>
    parts.map(({ part, why }) => `\nnot read of ${subscription}: ${part} (${why}). Ask again`),
  );
  const table = tableOf(
    HEADINGS,
    items.map((traced) => rowOf(traced, message.id)),
  );
  return [lines(message), ...(table === "" ? [] : [`\n${table}`]), ...failed, ...delivered, ...notRead].join(
    "\n",
  );
}

function deliveryLine({ attempt, startedAt, durationMs, outcome, error }: Delivery): string {
  const why = error === undefined ? "" : `  ${JSON.stringify(error)}`;
  return `  ${startedAt}  attempt ${attempt}  ${outcome} after ${durationMs} ms${why}`;
}

const moreLine = (more: true | undefined): readonly string[] =>
  more ? ["  there may be more: not all of it was read"] : [];

const rowOf = (
  {
    subscription,
    state,
    attempt,
    waitsFor,
    until,
    deadLetteredAt,
    lastError,
    deadLetter,
    ...traced
  }: TracedMessage,
  id: string | undefined,
): readonly string[] => [
  ...[subscription, state, attempt === undefined ? "-" : String(attempt), waitsFor ?? "-"],
  ...[until ?? deadLetteredAt ?? "-", consumerOf(traced)],
  errorOf({ id, deadLetter, lastError }),
];
