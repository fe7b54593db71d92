import type { Send } from "./a-served-release.js";

interface Received {
  readonly messages: readonly { readonly id: string; readonly receipt: string }[];
}

const ORDERS = "/v1/topics/orders";
const AUDIT = `${ORDERS}/subscriptions/audit`;
export const PUBLISHED_WITH_KEY = {
  messages: [
    { body: { n: 1 }, key: "anna", tag: "made", attributes: { region: "eu" }, dedupId: "d-1" },
    { body: { n: 2 }, key: "ben", businessKey: "2" },
    { body: { n: 3 }, key: "cleo" },
    { body: { n: 4 }, key: "dora", expiresInSeconds: 3_000 },
    { body: { n: 5 }, key: "emil" },
  ],
};
export const TO_TOPICS = {
  atomic: true,
  messages: [
    { topic: "orders", body: { n: 6 }, key: "fay" },
    { topic: "bills", body: "seven" },
  ],
};

/** What a release left in the tables that another one is to go on with. */
export interface Left {
  /** Still leased: its receipt was given by the release that wrote it. */
  readonly receipt: string;
  readonly ids: readonly string[];
  readonly dead: string;
  readonly scheduled: string;
}

/**
 * Has a release write each kind of item that requests bring about (docs/stored-items.md), once at least. It uses only
 * what the release before had as well.
 */
export async function writeEachKind(send: Send): Promise<Left> {
  const sent: Send = async (...request) => {
    const answer = await send(...request);
    if (answer.status >= 300) throw new Error(`${request[0]} ${request[1]}: ${JSON.stringify(answer)}`);
    return answer;
  };
  await sent("PUT", "/v1/topics/gone", {});
  await sent("DELETE", "/v1/topics/gone");
  await sent("PUT", "/v1/topics/bills", { partitions: 1, schema: { type: "string" } });
  await sent("PUT", ORDERS, { ordering: "key", partitions: 2, trace: "attempts" });
  await sent("PUT", AUDIT, { from: "earliest", ackDeadlineSeconds: 600 });
  await sent("PUT", `${ORDERS}/subscriptions/picked`, { filter: { tag: ["made"] }, from: "earliest" });
  await sent("PUT", `${ORDERS}/subscriptions/holding`, { deadLetter: { onDeadLetter: "hold" } });
  const target = { type: "https", url: "https://hooks.example/in" };
  await sent("PUT", `${ORDERS}/subscriptions/hook`, { target, paused: true });
  const key = { "idempotency-key": "request-1" };
  const published = await sent("POST", `${ORDERS}/messages`, PUBLISHED_WITH_KEY, key);
  await sent("POST", "/v1/publish", TO_TOPICS, { "idempotency-key": "request-2" });
  // One that is due within the minute takes the lock of the timers for the clock that it starts.
  await sent("POST", "/v1/topics/bills/messages", { messages: [{ body: "soon", delaySeconds: 50 }] });
  const message = { body: { n: 8 }, key: "gus", delaySeconds: 86_400 };
  const delayed = await sent("POST", `${ORDERS}/messages`, { messages: [message, message] });
  const [scheduled = "", cancelled = ""] = idsIn(delayed.body);
  await sent("DELETE", `/v1/messages/${cancelled}`);
  await sent("PUT", `${ORDERS}/schedules/nightly`, {
    ...{ cron: "0 3 * * *", timeZone: "Europe/Berlin" },
    message: { body: { n: 9 }, key: "hal" },
  });
  const [dead, retried, mended, done, leased] = await takenBy(sent, 5);
  const results = [
    { receipt: dead?.receipt, outcome: "reject", error: "no such customer" },
    { receipt: retried?.receipt, outcome: "retry", delaySeconds: 3_600, error: "busy" },
    { receipt: mended?.receipt, outcome: "reject", error: "no name" },
    { receipt: done?.receipt, outcome: "ack" },
  ];
  await sent("POST", `${AUDIT}/settle`, { results });
  await sent("POST", `${AUDIT}/dead-letters/redrive`, { ids: [mended?.id], body: { n: 0 } });
  await sent("POST", `${ORDERS}/subscriptions/picked/dead-letters/redrive`, { all: true });
  const ids = [...idsIn(published.body), scheduled];
  return { receipt: leased?.receipt ?? "", ids, dead: dead?.id ?? "", scheduled };
}

/** A receive takes of one partition, and may leave some of it. */
async function takenBy(send: Send, count: number): Promise<Received["messages"]> {
  const taken: Received["messages"][number][] = [];
  for (let round = 1; round <= 2 * count && taken.length < count; round++) {
    const request = { maxMessages: count - taken.length, waitSeconds: 1 };
    taken.push(...((await send("POST", `${AUDIT}/receive`, request)).body as Received).messages);
  }
  return taken;
}

const idsIn = (body: unknown): readonly string[] =>
  (body as { messages: readonly { id: string }[] }).messages.map(({ id }) => id);

/** Requests that read all of it, and change nothing. */
export const readsOf = ({ ids, dead }: Left): readonly string[] => [
  ...["/v1/topics", ORDERS, "/v1/topics/bills", `${ORDERS}/subscriptions`],
  ...["audit", "picked", "holding", "hook"].map((name) => `${ORDERS}/subscriptions/${name}`),
  ...["leased", "retrying", "waiting", "held", "parked"].map((state) => `${AUDIT}/messages?state=${state}`),
  ...["", `/${dead}`, `/${dead}/history`, "/jobs"].map((rest) => `${AUDIT}/dead-letters${rest}`),
  `${ORDERS}/subscriptions/picked/dead-letters/jobs`,
  ...[`${AUDIT}/set-aside`, `${ORDERS}/scheduled`, `${ORDERS}/schedules`, `${ORDERS}/schedules/nightly`],
  ...[`${ORDERS}/outbox`, `${ORDERS}/messages?from=earliest`, "/v1/topics/bills/messages?from=earliest"],
  ...ids.flatMap((id) => [`/v1/messages/${id}`, `/v1/messages/${id}/trace`]),
];

/** What the tables hold, by the beginnings of their keys (docs/stored-items.md). */
export const KINDS: Readonly<Record<string, RegExp>> = {
  topic: /^topics\|(orders|bills)$/,
  tombstone: /^topics\|gone$/,
  subscription: /^subscriptions#/,
  "secrets of a webhook": /^secrets#/,
  "delayed message": /^delayed#[^|]*\|[^~]/,
  "note of a cancellation": /^delayed#[^|]*\|~cancelled#/,
  "entry of a journal": /^journal#/,
  schedule: /^schedules#/,
  "note of a deletion": /^garbage\|/,
  anchor: /^anchors#/,
  mark: /^marks#/,
  dedupId: /^record#dedup#/,
  "part of a request with a key": /^record#sent#orders#/,
  "request to several topics": /^record#sent#\*#/,
  cursor: /^progress#[^|]*\|cursor#/,
  "lease or retry": /^progress#[^|]*\|due#/,
  "dead letter": /^progress#[^|]*\|letter#/,
  "dead letter in the list": /^progress#[^|]*\|letter-at#/,
  "content of a mended message": /^progress#[^|]*\|mended#/,
  "how a dead letter was ended": /^progress#[^|]*\|letter-act#/,
  "count of dead letters": /^progress#[^|]*\|letter-count#/,
  "redrive job": /^progress#[^|]*\|redrive/,
  lock: /^lock#/,
  timer: /^timers#/,
};
