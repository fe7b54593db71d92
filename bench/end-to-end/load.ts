import { fixed, keepBusy, percentile, perSecond, show, whole } from "../measure.js";
import type { Deployed } from "./deployment.js";
import { untilDelivered } from "./outcomes.js";
import type { Publisher } from "./publisher.js";
import { PUBLISHERS, SUBSCRIBERS } from "./subscribers.js";

const BATCH = 25;
const LOAD_MS = 30_000;
const NOTHING_MS = 3_000;
/** What the construct gives its functions, who is asked about nothing else here. */
const INLINE_LIMIT_BYTES = 10_240;
const HEAD = [
  "subscriber",
  "published",
  "published/s",
  "delivered/s",
  "a delivery",
  "lost",
  "twice",
  "p50 ms",
];

/** As many batches as go through. */
export async function load(deployed: Deployed, publisher: Publisher): Promise<void> {
  const wanted = new Set<number>();
  const nothing = await keepBusy(PUBLISHERS, NOTHING_MS, async () => {
    await deployed.askForNothing();
    return 1;
  });
  const startedMs = Date.now();
  const pace = await keepBusy(PUBLISHERS, LOAD_MS, async () => {
    for (const number of await publisher.publish(BATCH)) wanted.add(number);
    return BATCH;
  });
  const found = await untilDelivered(deployed, SUBSCRIBERS, wanted);
  const rows = found.map(({ subscriber, delivered, lost, twice, deliveries, lastAtMs, tookMs }) => [
    subscriber,
    whole(pace.count),
    whole(perSecond(pace)),
    whole(perSecond({ count: delivered, elapsedMs: lastAtMs - startedMs })),
    whole(delivered / Math.max(1, deliveries)),
    String(lost),
    String(twice),
    whole(percentile(tookMs, 0.5)),
  ]);
  show(HEAD, rows, [
    `${fixed(perSecond(pace) / BATCH, 1)} publishes/s; the API answered ${fixed(perSecond(nothing), 1)} a second`,
    "that ask for nothing, as many in flight, in the same run",
    `${LOAD_MS / 1_000} s of batches of ${BATCH} JSON orders of 1 KB over the API, ${PUBLISHERS} requests in flight`,
    `inline limit ${whole(INLINE_LIMIT_BYTES)} bytes; deliveries of up to 100 messages, 4 at once a subscriber`,
    "delivered/s: from the first publish to the last delivery; each of the three is sent every message",
  ]);
}
