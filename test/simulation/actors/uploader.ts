import { memoryUpload, uploadKeyIn } from "../../../lib/adapters/memory/upload-store.js";
import { InvalidRequest, MessageNotFound, SluiceError } from "../../../lib/domain/errors.js";
import type { MessageContent } from "../../../lib/domain/message.js";
import type { PublishResult } from "../../../lib/domain/publish-result.js";
import { publishOrDelay } from "../../../lib/operations/delay/publish-or-delay.js";
import { bodyUrl } from "../../../lib/operations/upload/body-url.js";
import { type RequestedUpload, requestUpload } from "../../../lib/operations/upload/request-upload.js";
import { withUploads } from "../../../lib/operations/upload/with-uploads.js";
import type { Deployment } from "../deployment.js";
import { textOf } from "../filters.js";
import { noise } from "../noise.js";
import type { Ended, Functions } from "./functions.js";

/** Uploads bodies, and publishes their messages: at once or later, once or again, or never. */
export interface UploaderPlan {
  readonly name: string;
  readonly topic: string;
  readonly uploads: number;
  readonly keys: readonly string[];
  readonly gapMs: number;
  /** Each publish comes up to so long after its upload was asked for. */
  readonly waitsMs: number;
  /** The share of bodies that become their messages' own. */
  readonly smallShare: number;
  /** The share that nobody publishes. */
  readonly unusedShare: number;
  /** The share that is published again, up to so long after the first time. */
  readonly againShare: number;
  readonly againWithinMs: number;
  /** The share of publishes with a dedupId, each with another one. */
  readonly namedShare: number;
  /** The share whose messages are delayed, as they were said to be. */
  readonly delayedShare: number;
  readonly delaySeconds: number;
  /** The share of large ones that are to be delayed by a month more than was said. */
  readonly beyondShare: number;
}

const ATTEMPTS = 6;
/** A body of up to so many bytes becomes its message's own. */
const INLINE_LIMIT_BYTES = 200;
const READING = { inlineLimitBytes: INLINE_LIMIT_BYTES, bodyOf: textOf };
const LARGE_CHARACTERS = 300;
/** Longer than an upload is kept for a few days' delay, and 14 days of a dead letter. */
const MONTH_MS = 30 * 86_400_000;
const TYPE = "text/plain";

/** What was put into the bucket, and how its message is published. */
interface Uploaded {
  readonly label: string;
  readonly key: string;
  readonly uploadId: string;
  readonly deliverAtMs: number | undefined;
  readonly orderingKey: string | undefined;
  readonly isLarge: boolean;
}

export async function upload(
  deployment: Deployment,
  functions: Functions,
  plan: UploaderPlan,
): Promise<void> {
  const { world } = deployment;
  const all: Promise<void>[] = [];
  for (let number = 0; number < plan.uploads; number++) {
    await world.sleep(world.between(1, plan.gapMs));
    all.push(one(deployment, functions, plan, `${plan.name}-${number}`));
  }
  await Promise.all(all);
}

async function one(
  deployment: Deployment,
  functions: Functions,
  plan: UploaderPlan,
  label: string,
): Promise<void> {
  const { world } = deployment;
  const isDelayed = world.chance(plan.delayedShare);
  const deliverAtMs = isDelayed ? world.nowMs + world.between(1, plan.delaySeconds) * 1_000 : undefined;
  const isSmall = world.chance(plan.smallShare);
  const body = isSmall ? label : `${label} ${noise(world.random, LARGE_CHARACTERS)}`;
  const uploaded = await putBody(deployment, functions, plan, { label, body, deliverAtMs });
  if (!uploaded || world.chance(plan.unusedShare)) return;
  await world.sleep(world.between(0, plan.waitsMs));
  const publishing = [publish(deployment, functions, plan, uploaded, 0)];
  if (world.chance(plan.againShare)) {
    await world.sleep(world.pick([0, world.between(0, plan.againWithinMs)]));
    publishing.push(publish(deployment, functions, plan, uploaded, 1));
  }
  await Promise.all(publishing);
}

/** undefined if it gave up before all of it was there. */
async function putBody(
  deployment: Deployment,
  functions: Functions,
  { topic, keys }: UploaderPlan,
  { label, body, deliverAtMs }: Pick<Uploaded, "label" | "deliverAtMs"> & { readonly body: string },
): Promise<Uploaded | undefined> {
  const { world, uploads } = deployment;
  const bytes = Buffer.from(body);
  const asked = { sizeBytes: bytes.length, contentType: TYPE };
  const request = deliverAtMs === undefined ? asked : { ...asked, deliverAtMs };
  const place = await answered(deployment, () =>
    functions.invoke("api", (engine) => requestUpload(engine, topic, request), `ask to upload ${label}`),
  );
  if (!place || place instanceof SluiceError || !(await put(deployment, place, bytes))) return undefined;
  const key = uploadKeyIn(new URL(place.url));
  uploads.put(key, label, body);
  const orderingKey = keys.length > 0 ? world.pick(keys) : undefined;
  const isLarge = bytes.length > INLINE_LIMIT_BYTES;
  return { label, key, uploadId: place.uploadId, deliverAtMs, orderingKey, isLarge };
}

/** As the client does: what is there after a lost answer was put by an earlier try. */
async function put(
  { world, rates, storage }: Deployment,
  { url }: RequestedUpload,
  bytes: Uint8Array,
): Promise<boolean> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    await world.sleep(world.between(5, 400));
    if (world.chance(rates.lostRequest)) continue;
    const wrong = memoryUpload(storage, new URL(url), { bytes, contentType: TYPE });
    world.note("S3", `PUT ${url}: ${wrong ?? "stored"}`);
    if (!world.chance(rates.lostAnswer)) return true;
    world.count("upload-answer-lost");
  }
  return false;
}

async function publish(
  deployment: Deployment,
  functions: Functions,
  plan: UploaderPlan,
  uploaded: Uploaded,
  time: number,
): Promise<void> {
  const { world, monitor, uploads } = deployment;
  const { label, key, uploadId, deliverAtMs, orderingKey, isLarge } = uploaded;
  const content: MessageContent = {
    ...{ body: "", contentType: TYPE, uploadId, businessKey: label },
    ...(orderingKey === undefined ? {} : { key: orderingKey }),
    ...(world.chance(plan.namedShare) ? { dedupId: `${label} ${time}` } : {}),
  };
  const isBeyond = isLarge && world.chance(plan.beyondShare);
  const dueMs = isBeyond ? world.nowMs + MONTH_MS : (deliverAtMs ?? 0);
  const later = dueMs <= world.nowMs ? {} : { deliverAtMs: dueMs };
  const draft = { topic: plan.topic, uploadId, content, ...later };
  const sentAtMs = world.nowMs;
  const result = await answered(deployment, async () => {
    monitor.log.sent([label]);
    return await functions.invoke(
      "api",
      async (engine): Promise<PublishResult | undefined> => {
        const [stored] = await withUploads(engine, [draft], READING, async ([found]) => {
          if (found instanceof SluiceError) throw found;
          if (!found) return [];
          return await publishOrDelay(engine, plan.topic, [{ content: found, ...later }]);
        });
        if (stored?.kind === "failed") throw stored.error;
        return stored;
      },
      `publish the upload of ${label}`,
    );
  });
  if (result instanceof InvalidRequest) return isBeyond ? undefined : uploads.refused(key, result.message);
  if (!result || result instanceof SluiceError || result.kind === "failed") return;
  uploads.answered(key, result.id);
  if (result.isRepeat) return;
  if (result.kind === "scheduled") return monitor.delayed.scheduled(result.id, label);
  monitor.published(result.id, label, sentAtMs);
  if (isLarge) await fetchBody(deployment, functions, key, result.id);
}

/** Whoever has the message gets the body that was uploaded for it. */
async function fetchBody(
  deployment: Deployment,
  functions: Functions,
  key: string,
  id: string,
): Promise<void> {
  const { world, storage, uploads } = deployment;
  await world.sleep(world.pick([0, world.between(0, 60_000)]));
  const url = await answered(deployment, () =>
    functions.invoke("api", (engine) => bodyUrl(engine, id), `fetch the body of ${id}`),
  );
  if (url instanceof MessageNotFound) return uploads.notFound(key, id);
  if (url === undefined || url instanceof SluiceError) return;
  const bytes = storage.segments.get(uploadKeyIn(new URL(url)));
  uploads.fetched(key, id, bytes && Buffer.from(bytes).toString());
}

/** It asks again until it is told something; undefined if it never is. */
async function answered<T>(
  { world }: Deployment,
  ask: () => Promise<Ended<T>>,
): Promise<T | SluiceError | undefined> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const ended = await ask();
    if (ended.kind === "answered") return ended.value;
    if (
      ended.kind === "failed" &&
      ended.error instanceof SluiceError &&
      ended.error.retryAfterMs === undefined
    )
      return ended.error;
    await world.sleep(world.between(50, 2_000));
  }
  return undefined;
}
