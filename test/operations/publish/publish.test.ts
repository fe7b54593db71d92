import { StorageUnavailable, Throttled } from "../../../lib/domain/errors.js";
import { parseMessageId } from "../../../lib/domain/message-id.js";
import type { Slot } from "../../../lib/domain/slot.js";
import { decodeMessages, encodeMessages } from "../../../lib/domain/slot-codec.js";
import type { Engine, Ports } from "../../../lib/operations/engine.js";
import { publish } from "../../../lib/operations/publish/publish.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { type Deployment, START_MS, aDeployment, aText, publishTexts } from "../a-deployment.js";
import { stored } from "../an-append.js";
import { portsAround, recording } from "../ports-around.js";

const HOUR_MS = 3_600_000;
const MEGABYTE = 1_024 * 1_024;

interface Publisher extends Deployment {
  readonly publisher: Engine;
}

async function aPublisher(
  settings: Parameters<typeof putTopic>[2] = {},
  replace?: (ports: Ports) => Partial<Ports>,
): Promise<Publisher> {
  const deployment = aDeployment();
  await putTopic(deployment.process(), "orders", settings);
  return { ...deployment, publisher: deployment.process(replace) };
}

const texts = (count: number, bytes = 1) =>
  Array.from({ length: count }, (_, index) => aText(`${index}`.padEnd(bytes, "x")));
/** What no compression makes smaller by much. */
function noise(bytes: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length: bytes }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}
const someBytes = (bytes: number) => ({ body: noise(bytes), contentType: "image/png" });

function bodiesOf({ storage }: Deployment, slot: Slot): readonly (string | Uint8Array)[] {
  const { content } = slot;
  const bytes = content.kind === "inline" ? content.bytes : storage.segments.get(content.key);
  return decodeMessages(slot, bytes as Uint8Array).map(({ body }) => body);
}

describe("a batch", () => {
  it("becomes one slot, and an id names each message's place in it", async () => {
    const deployment = await aPublisher();
    const ids = await publishTexts(deployment.publisher, "orders", ...texts(1_000));
    const [slot, ...others] = stored(deployment);
    expect(others).toEqual([]);
    expect(ids.map((id) => parseMessageId(id)?.offset)).toEqual(
      Array.from({ length: 1_000 }, (_, index) => (slot?.base ?? 0) + index),
    );
    expect(bodiesOf(deployment, slot as Slot)).toEqual(texts(1_000).map(({ body }) => body));
  });

  it("of more than 1,000 messages becomes several slots, in order", async () => {
    const deployment = await aPublisher();
    const ids = await publishTexts(deployment.publisher, "orders", ...texts(2_500));
    expect(stored(deployment).map(({ count }) => count)).toEqual([1_000, 1_000, 500]);
    expect(new Set(ids).size).toBe(2_500);
    expect(stored(deployment).flatMap((slot) => bodiesOf(deployment, slot))).toEqual(
      texts(2_500).map(({ body }) => body),
    );
  });

  it.each([
    ["bodies", { body: "x".repeat(MEGABYTE) }],
    ["bodies beyond ASCII", { body: "\u20ac".repeat(MEGABYTE / 3) }],
    ["attributes", { attributes: { note: "x".repeat(MEGABYTE) } }],
    ["names of attributes", { attributes: { ["x".repeat(MEGABYTE)]: true } }],
  ])("of more than 4 MB of %s becomes several slots", async (_, large) => {
    const deployment = await aPublisher();
    const seven = Array.from({ length: 7 }, () => aText("", large));
    await publishTexts(deployment.publisher, "orders", ...seven);
    expect(stored(deployment).map(({ count }) => count)).toEqual([3, 3, 1]);
  });

  it("puts a message that is too large for any company alone", async () => {
    const deployment = await aPublisher();
    const [small] = texts(1);
    const large = aText("x".repeat(5 * MEGABYTE));
    await publishTexts(deployment.publisher, "orders", small ?? large, large, small ?? large);
    expect(stored(deployment).map(({ count }) => count)).toEqual([1, 1, 1]);
  });

  it("of nothing is nothing", async () => {
    const deployment = await aPublisher();
    expect(await publish(deployment.publisher, "orders", [])).toEqual([]);
    expect(stored(deployment)).toEqual([]);
  });
});

/** Ports whose puts fail from the one with this number on, until there have been as many as `times`. */
const failingPuts = (from: number, error: Error, times = Infinity) => {
  let puts = 0;
  return (ports: Ports): Partial<Ports> =>
    portsAround(ports, async ({ name }, carryOut) => {
      if (name === "log.append") {
        puts++;
        if (puts >= from && puts < from + times) throw error;
      }
      return await carryOut();
    });
};

describe("a failure", () => {
  it("half-way fails what comes behind it too, which would overtake it otherwise", async () => {
    const deployment = await aPublisher({}, failingPuts(2, new StorageUnavailable("the test"), 1));
    const results = await publish(deployment.publisher, "orders", texts(2_500));
    expect(results.slice(0, 1_000).every(({ kind }) => kind === "published")).toBe(true);
    expect(results.slice(1_000)).toEqual(
      Array<unknown>(1_500).fill({
        kind: "failed",
        error: expect.objectContaining({ code: "storage-unavailable" }),
      }),
    );
    expect(stored(deployment)).toHaveLength(1);
  });

  it("in one partition fails no other", async () => {
    const deployment = await aPublisher(
      { ordering: "key" },
      failingPuts(1, new Throttled("the test", 100), 1),
    );
    const keyed = ["a", "b", "c", "a"].map((key) => aText(key, { key }));
    const results = await publish(deployment.publisher, "orders", keyed);
    expect(results.map(({ kind }) => kind)).toEqual(["failed", "published", "published", "failed"]);
    expect(
      stored(deployment)
        .flatMap((slot) => bodiesOf(deployment, slot))
        .sort(),
    ).toEqual(["b", "c"]);
  });

  it.each([
    ["storage-unavailable", new StorageUnavailable("the test")],
    ["throttled", new Throttled("the test", 100)],
  ])("of everything by the store is the request's own: %s", async (code, error) => {
    const deployment = await aPublisher({}, failingPuts(1, error));
    await expect(publish(deployment.publisher, "orders", texts(2_500))).rejects.toMatchObject({ code });
  });

  it("of everything by the messages' own fault is told of each", async () => {
    const { publisher } = await aPublisher({ ordering: "key" });
    const results = await publish(publisher, "orders", texts(2));
    expect(results).toMatchObject([
      { error: { code: "invalid-request" } },
      { error: { code: "invalid-request" } },
    ]);
  });

  it("of our own making is not taken for the store's", async () => {
    const { publisher } = await aPublisher({}, failingPuts(1, new TypeError("a bug")));
    await expect(publish(publisher, "orders", texts(1))).rejects.toThrow("a bug");
  });
});

describe("a slot's bytes", () => {
  it.each([
    ["up to the inline limit lie in the slot", 0, "inline"],
    ["above the inline limit lie in a segment", -1, "segment"],
  ])("%s", async (_, above, kind) => {
    const deployment = await aPublisher();
    const inlineLimitBytes = (await encodeMessages([someBytes(5_000)])).bytes.length + above;
    const publisher = deployment.process(undefined, { inlineLimitBytes });
    await publishTexts(publisher, "orders", someBytes(5_000));
    const [slot] = stored(deployment);
    expect(slot?.content.kind).toBe(kind);
    expect(deployment.storage.segments.size).toBe(kind === "segment" ? 1 : 0);
    expect(bodiesOf(deployment, slot as Slot)).toEqual([Buffer.from(noise(5_000))]);
  });

  it("that compression makes small enough lie in the slot", async () => {
    const deployment = await aPublisher();
    await publishTexts(deployment.publisher, "orders", aText("x".repeat(100_000)));
    expect(stored(deployment)[0]?.content.kind).toBe("inline");
  });

  it("lie in the segment before there is a slot that points to it", async () => {
    const calls: string[] = [];
    const { publisher } = await aPublisher({}, recording(calls));
    await publishTexts(publisher, "orders", someBytes(20_000));
    const writes = calls.filter((name) => name === "segments.put" || name === "log.append");
    expect(writes).toEqual(["segments.put", "log.append"]);
  });

  it("are no slot where the segment cannot be stored", async () => {
    const deployment = await aPublisher({}, (ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        if (name === "segments.put") throw new StorageUnavailable("the test");
        return await carryOut();
      }),
    );
    const publishing = publish(deployment.publisher, "orders", [someBytes(20_000)]);
    await expect(publishing).rejects.toMatchObject({ code: "storage-unavailable" });
    expect(stored(deployment)).toEqual([]);
  });

  it("lie in a segment of their own, one for each slot", async () => {
    const deployment = await aPublisher();
    for (let count = 0; count < 3; count++) {
      await publishTexts(deployment.publisher, "orders", someBytes(20_000));
    }
    expect(deployment.storage.segments.size).toBe(3);
  });
});

describe("a segment", () => {
  const classOf = ({ storage }: Deployment): string[] =>
    [...storage.segments.keys()].map((key) => key.split("/")[1] ?? "");

  it.each([
    [3_600, "1d"],
    [259_200, "4d"],
    [31_536_000, "366d"],
  ])("of a topic that keeps for %i s is kept as class %s", async (retentionSeconds, name) => {
    const deployment = await aPublisher({ retentionSeconds });
    await publishTexts(deployment.publisher, "orders", someBytes(20_000));
    expect(classOf(deployment)).toEqual([name]);
  });

  it("is kept as long as its slot, which lives as long as the one before it", async () => {
    // GIVEN a tail of a time when the topic kept its messages for a month
    const deployment = await aPublisher({ retentionSeconds: 30 * 86_400 });
    await publishTexts(deployment.publisher, "orders", aText("x"));
    await putTopic(deployment.process(), "orders", { retentionSeconds: 3_600 });
    // WHEN
    await publishTexts(deployment.process(), "orders", someBytes(20_000));
    // THEN
    expect(stored(deployment)[1]?.expiresAtMs).toBe(START_MS + 30 * 24 * HOUR_MS);
    expect(classOf(deployment)).toEqual(["45d"]);
  });

  it("is uploaded again where a lost race makes its slot live longer", async () => {
    // GIVEN a publisher that is overtaken by one who knows of a longer retention
    const deployment = await aPublisher({ retentionSeconds: 3_600 });
    await publishTexts(deployment.publisher, "orders", aText("x"));
    let isFirst = true;
    const overtaken = deployment.process((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        if (name === "log.append" && isFirst) {
          isFirst = false;
          await putTopic(deployment.process(), "orders", { retentionSeconds: 86_400 * 7, partitions: 16 });
          await publishTexts(deployment.process(), "orders", aText("theirs"));
        }
        return await carryOut();
      }),
    );
    // WHEN
    await publishTexts(overtaken, "orders", someBytes(20_000));
    // THEN the slot points to an object that outlives it
    const slot = stored(deployment).find(({ content }) => content.kind === "segment");
    const key = slot?.content.kind === "segment" ? slot.content.key : "";
    const days = Number(key.split("/")[1]?.replace("d", ""));
    expect(deployment.storage.segments.has(key)).toBe(true);
    expect(START_MS + days * 24 * HOUR_MS).toBeGreaterThan(slot?.expiresAtMs ?? Infinity);
  });
});

describe("a topic", () => {
  it("that is not there takes nothing", async () => {
    const { publisher } = await aPublisher();
    await expect(publish(publisher, "carts", texts(1))).rejects.toMatchObject({ code: "topic-not-found" });
  });

  it.each([
    ["none", "takes"],
    ["delivery", "takes"],
    ["publish", "refuses"],
    ["all", "refuses"],
  ] as const)("with %s paused %s messages", async (paused, does) => {
    const deployment = await aPublisher({ paused });
    const publishing = publish(deployment.publisher, "orders", texts(1));
    if (does === "takes") await publishing;
    else await expect(publishing).rejects.toMatchObject({ code: "topic-paused" });
    expect(stored(deployment)).toHaveLength(does === "takes" ? 1 : 0);
  });

  it("that is paused or deleted is known as such after 5 s at the latest", async () => {
    const deployment = await aPublisher();
    await publishTexts(deployment.publisher, "orders", ...texts(1));
    await putTopic(deployment.process(), "orders", { paused: "publish" });
    deployment.clock.advance(5_000);
    await expect(publish(deployment.publisher, "orders", texts(1))).rejects.toMatchObject({
      code: "topic-paused",
    });
  });
});
