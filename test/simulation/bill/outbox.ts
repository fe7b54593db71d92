import { SECONDS_A_MONTH, billOf, dollars, total } from "./prices.js";
import { type Traffic, monthOf } from "./traffic.js";

/** The same messages through the outbox and over the API, each by itself, to one function. */
export const BY_OUTBOX: readonly Traffic[] = [1, 20, 100].flatMap((messagesPerSecond) =>
  [true, false].map((byOutbox) => ({ messagesPerSecond, batch: 1, pushed: 1, byOutbox })),
);

/** What each message takes, and what all of them cost a month. */
export async function outboxRow(traffic: Traffic): Promise<string[]> {
  const { messagesPerSecond, byOutbox } = traffic;
  const month = await monthOf(traffic);
  const messages = messagesPerSecond * SECONDS_A_MONTH;
  const { writeUnits, userWriteUnits, readUnits, invocations, requests } = month;
  return [
    String(messagesPerSecond),
    byOutbox ? "outbox" : "API",
    ...[writeUnits, userWriteUnits, readUnits, invocations, requests].map((of) => (of / messages).toFixed(2)),
    `**${dollars(total(billOf(month)))}**`,
  ];
}
