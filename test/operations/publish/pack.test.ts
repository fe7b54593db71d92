import { randomBytes } from "node:crypto";
import { MessageTooLarge, StorageUnavailable } from "../../../lib/domain/errors.js";
import type { MessageContent } from "../../../lib/domain/message.js";
import { parseMessageId } from "../../../lib/domain/message-id.js";
import type { Slot } from "../../../lib/domain/slot.js";
import { decodeMessages } from "../../../lib/domain/slot-codec.js";
import { partitionKey } from "../../../lib/domain/topic.js";
import type { Engine, Ports, Settings } from "../../../lib/operations/engine.js";
import { changeTopic, deleteTopic, putTopic } from "../../../lib/operations/manage/topics.js";
import { publish } from "../../../lib/operations/publish/publish.js";
import { type Deployment, aDeployment, aText, publishTexts } from "../a-deployment.js";
import { stored } from "../an-append.js";
import { type Around, portsAround } from "../ports-around.js";

const KILOBYTE = 1_024;
/** More than a slot of two short texts has. */
const SMALL_BYTES = 200;

interface Publisher extends Deployment {
  readonly publisher: Engine;
}

async function aPublisher(
  around: Around = (_, carryOut) => carryOut(),
  settings: Parameters<typeof putTopic>[2] = {},
  limits: Partial<Settings> = {},
): Promise<Publisher> {
  const deployment = aDeployment();
  await putTopic(deployment.process(), "orders", settings);
  const publisher = deployment.process((ports: Ports) => portsAround(ports, around), limits);
  return { ...deployment, publisher };
}

/** Appends stand still until they are let go, one after the other. */
function gate(): { readonly around: Around; readonly open: () => Promise<void> } {
  const held: (() => void)[] = [];
  let isOpen = false;
  return {
    around: async ({ name }, carryOut) => {
      if (name === "log.append" && !isOpen) await new Promise<void>((resolve) => held.push(resolve));
      return await carryOut();
    },
    open: async () => {
      isOpen = true;
      for (const letGo of held) letGo();
      await settled();
    },
  };
}

/** Lets everything run that can run now. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const texts = (count: number): MessageContent[] =>
  Array.from({ length: count }, (_, index) => aText(String(index)));

/** What no compression makes smaller. */
const noise = (bytes: number): MessageContent => ({
  body: new Uint8Array(randomBytes(bytes)),
  contentType: "image/png",
});

function bodiesOf({ storage }: Deployment, { content, ...slot }: Slot): readonly string[] {
  const bytes = content.kind === "inline" ? content.bytes : storage.segments.get(content.key);
  return decodeMessages(slot, bytes as Uint8Array).map(({ body }) => String(body));
}

/** Each publishes a message of its own, all at once. */
const atOnce = (publisher: Engine, messages: readonly MessageContent[]) =>
  messages.map((message) => publish(publisher, "orders", [message]));

/** The body at the place that each id names. */
function bodiesAt(deployment: Deployment, ids: readonly string[]): readonly (string | undefined)[] {
  return ids.map((id) => {
    const address = parseMessageId(id);
    const slots = (address && deployment.storage.logs.get(partitionKey(address))) ?? [];
    const slot = slots.find(
      ({ base, count }) => address && base <= address.offset && address.offset < base + count,
    );
    return slot && bodiesOf(deployment, slot)[(address?.offset ?? 0) - slot.base];
  });
}

describe("publishes that are in flight at once", () => {
  it("share a slot, and each is told its own messages' ids", async () => {
    const deployment = await aPublisher();
    const ids = await Promise.all(
      texts(16).map((message) => publishTexts(deployment.publisher, "orders", message, aText("and"))),
    );
    expect(stored(deployment).map(({ count }) => count)).toEqual([32]);
    expect(ids.map((own) => bodiesAt(deployment, own))).toEqual(texts(16).map(({ body }) => [body, "and"]));
  });

  it("share the next slot, if one is under way", async () => {
    // GIVEN
    const { around, open } = gate();
    const deployment = await aPublisher(around);
    const [first, ...others] = texts(5);
    const alone = publishTexts(deployment.publisher, "orders", first ?? aText(""));
    await settled();
    // WHEN
    const together = others.map((message) => publishTexts(deployment.publisher, "orders", message));
    await settled();
    await open();
    // THEN
    const ids = (await Promise.all([alone, ...together])).flat();
    expect(stored(deployment).map(({ count }) => count)).toEqual([1, 4]);
    expect(bodiesAt(deployment, ids)).toEqual(texts(5).map(({ body }) => body));
  });

  it("keep what belongs to a message: its expiry, its tag, its attributes", async () => {
    const deployment = await aPublisher();
    const messages = [
      aText("a", { expiresAtMs: 1_790_000_100_000 }),
      aText("b", { tag: "created", attributes: { region: "eu" } }),
      aText("c"),
    ];
    await Promise.all(atOnce(deployment.publisher, messages));
    const [slot] = stored(deployment);
    const bytes = slot?.content.kind === "inline" ? slot.content.bytes : new Uint8Array();
    expect(decodeMessages(slot as Slot, bytes)).toEqual(messages);
  });

  it("of different keys share a slot only where their partition is the same", async () => {
    const deployment = await aPublisher(undefined, { ordering: "key", partitions: 4 });
    const keyed = ["a", "b", "c", "d", "a", "b"].map((key, at) => aText(`${key}${at}`, { key }));
    const ids = await Promise.all(keyed.map((one) => publishTexts(deployment.publisher, "orders", one)));
    expect(bodiesAt(deployment, ids.flat())).toEqual(keyed.map(({ body }) => body));
    const [first, again] = [parseMessageId(ids[0]?.[0] ?? ""), parseMessageId(ids[4]?.[0] ?? "")];
    expect(again?.partition).toBe(first?.partition);
    expect(again?.offset).toBeGreaterThan(first?.offset ?? Infinity);
  });

  it("lie inline, though together they are too large for one slot", async () => {
    const limits = { inlineLimitBytes: 10 * KILOBYTE };
    const deployment = await aPublisher(undefined, {}, limits);
    await Promise.all(
      atOnce(
        deployment.publisher,
        Array.from({ length: 30 }, () => noise(KILOBYTE)),
      ),
    );
    const slots = stored(deployment);
    expect(slots.map(({ content }) => content.kind)).not.toContain("segment");
    expect(slots.length).toBeLessThan(6);
  });

  it("go to S3 together, if that takes far fewer slots", async () => {
    const limits = { inlineLimitBytes: 10 * KILOBYTE };
    const deployment = await aPublisher(undefined, {}, limits);
    await Promise.all(
      atOnce(
        deployment.publisher,
        Array.from({ length: 200 }, () => noise(KILOBYTE)),
      ),
    );
    expect(stored(deployment).map(({ count, content }) => ({ count, kind: content.kind }))).toEqual([
      { count: 200, kind: "segment" },
    ]);
  });
});

describe("a large batch", () => {
  it.each([
    ["of many messages", texts(101)],
    ["of many bytes", [noise(65 * KILOBYTE)]],
    ["of several slots", texts(1_001)],
  ])("%s holds up no small publish, and shares nothing", async (_what, batch) => {
    // GIVEN
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const deployment = await aPublisher(async ({ name, args }, carryOut) => {
      if (name === "log.append" && (args[1] as Slot).unpackedBytes > SMALL_BYTES) await held;
      return await carryOut();
    });
    const large = publish(deployment.publisher, "orders", batch);
    await settled();
    // WHEN
    const small = await Promise.all(atOnce(deployment.publisher, [aText("x"), aText("y")]));
    // THEN
    expect(small).toMatchObject([[{ kind: "published" }], [{ kind: "published" }]]);
    expect(stored(deployment).map(({ count }) => count)).toEqual([2]);
    letGo();
    expect((await large).every(({ kind }) => kind === "published")).toBe(true);
  });
});

describe("of publishes that share a slot", () => {
  it("each is told that it is not known whether it is stored", async () => {
    const deployment = await aPublisher(({ name }, carryOut) => {
      if (name === "log.append") throw new StorageUnavailable("the test");
      return carryOut();
    });
    const outcomes = await Promise.allSettled(atOnce(deployment.publisher, texts(3)));
    expect(outcomes).toMatchObject(
      Array<unknown>(3).fill({ status: "rejected", reason: { code: "storage-unavailable" } }),
    );
  });

  it("an unknown outcome is not tried again, since that would store it twice", async () => {
    let appends = 0;
    const deployment = await aPublisher(async ({ name }, carryOut) => {
      const answer = await carryOut();
      if (name === "log.append" && ++appends === 1) throw new StorageUnavailable("the test");
      return answer;
    });
    await Promise.allSettled(atOnce(deployment.publisher, texts(3)));
    expect(stored(deployment).map(({ count }) => count)).toEqual([3]);
  });

  it("one that the store refuses fails alone", async () => {
    const refused = (slot: Slot): boolean =>
      slot.content.kind === "inline" && bodiesOf(deployment, slot).includes("3");
    const deployment: Publisher = await aPublisher(async ({ name, args }, carryOut) => {
      if (name === "log.append" && refused(args[1] as Slot)) throw new MessageTooLarge(2, 1);
      return await carryOut();
    });
    const results = (await Promise.all(atOnce(deployment.publisher, texts(8)))).flat();
    expect(results.map(({ kind }) => kind)).toEqual(
      texts(8).map(({ body }) => (body === "3" ? "failed" : "published")),
    );
    expect(stored(deployment).flatMap((slot) => bodiesOf(deployment, slot))).toEqual(
      texts(8).flatMap(({ body }) => (body === "3" ? [] : [body])),
    );
  });

  it.each([
    [
      "paused",
      "topic-paused",
      async (engine: Engine) => void (await changeTopic(engine, "orders", { paused: "publish" })),
    ],
    ["deleted", "topic-not-found", async (engine: Engine) => await deleteTopic(engine, "orders")],
  ])("those that waited while the topic was %s are told so", async (_what, code, change) => {
    // GIVEN
    const { around, open } = gate();
    const deployment = await aPublisher(around);
    const alone = publish(deployment.publisher, "orders", [aText("first")]);
    await settled();
    const waiting = Promise.all(atOnce(deployment.publisher, texts(2)));
    await settled();
    // WHEN
    await change(deployment.process());
    deployment.clock.advance(3_000);
    await open();
    // THEN
    expect(await alone).toMatchObject([{ kind: "published" }]);
    expect(await waiting).toMatchObject([[{ error: { code } }], [{ error: { code } }]]);
    expect(stored(deployment).map(({ count }) => count)).toEqual([1]);
  });
});
