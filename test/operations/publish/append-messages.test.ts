import { seededRandom } from "../../../lib/adapters/memory/random.js";
import { parseMessageId } from "../../../lib/domain/message-id.js";
import { type TopicSettings, partitionOfKey } from "../../../lib/domain/topic.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { publish } from "../../../lib/operations/publish/publish.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { type Deployment, aDeployment, aText, aTimedDeployment, publishTexts } from "../a-deployment.js";
import { driven, portsAround, slow } from "../ports-around.js";

const WRITERS = 16;
const PER_WRITER = 40;

interface Load {
  readonly writers: number;
  readonly requests: number;
  /** Messages in a request. */
  readonly batch: number;
}

const SINGLES: Load = { writers: WRITERS, requests: PER_WRITER, batch: 1 };

interface Storm {
  readonly ids: readonly string[];
  readonly refused: number;
  readonly lostRaces: number;
}

/** Writers that publish one request after the other, all at once. */
async function storm(
  seed: number,
  settings: Partial<TopicSettings>,
  key?: string,
  load: Load = SINGLES,
): Promise<Storm> {
  const deployment = aTimedDeployment(seed * 1_000);
  await putTopic(deployment.process(), "orders", settings);
  let puts = 0;
  const chance = seededRandom(seed);
  const writers = Array.from({ length: load.writers }, () =>
    deployment.process((ports) => {
      const answering = slow(deployment.clock, chance, { fromMs: 2, belowMs: 12 });
      const counted = portsAround(ports, ({ name }, carryOut) => {
        if (name === "log.append") puts++;
        return carryOut();
      });
      return answering({ ...ports, ...counted });
    }),
  );
  const results = await driven(
    deployment.clock,
    Promise.all(writers.map((writer) => writeAll(writer, key, load))),
  );
  const ids = results.flat().filter((id) => id !== undefined);
  const stored = [...deployment.storage.logs.values()].flat().length;
  return { ids, refused: results.flat().length - ids.length, lostRaces: puts - stored };
}

/** The first id of each request. */
async function writeAll(
  writer: Engine,
  key: string | undefined,
  { requests, batch }: Load,
): Promise<readonly (string | undefined)[]> {
  const ids: (string | undefined)[] = [];
  for (let count = 0; count < requests; count++) {
    const messages = Array.from({ length: batch }, () => aText("x", key === undefined ? {} : { key }));
    ids.push(
      await publishTexts(writer, "orders", ...messages).then(
        ([id]) => id,
        () => undefined,
      ),
    );
  }
  return ids;
}

describe("16 writers at once", () => {
  it.each([1, 2, 3])("lose a race at one append in five at the most, seed %i", async (seed) => {
    const { ids, refused, lostRaces } = await storm(seed, {});
    expect(refused).toBe(0);
    expect(new Set(ids).size).toBe(WRITERS * PER_WRITER);
    expect(lostRaces / ids.length).toBeLessThan(0.2);
  });

  it.each([1, 2, 3])("of one key, which cannot part, all come through, seed %i", async (seed) => {
    const { ids, refused, lostRaces } = await storm(seed, { ordering: "key" }, "the key");
    expect(refused).toBe(0);
    expect(new Set(ids).size).toBe(WRITERS * PER_WRITER);
    expect(lostRaces / ids.length).toBeLessThan(1);
  });
});

// Each finds that the others have been wherever it goes.
describe("4 writers that fill more than one partition each", () => {
  it.each([1, 2, 3])("lose a race at one append in twenty at the most, seed %i", async (seed) => {
    const load = { writers: 4, requests: 600, batch: 16 };
    const { ids, refused, lostRaces } = await storm(seed, {}, undefined, load);
    expect(refused).toBe(0);
    expect(new Set(ids.map(partitionOf)).size).toBe(16);
    expect(lostRaces / ids.length).toBeLessThan(0.05);
  });
});

const partitionOf = (id: string | undefined): number | undefined => parseMessageId(id ?? "")?.partition;

/** Who is overtaken wherever it goes, as long as `isBusy`. */
async function withCrowd(isBusy: () => boolean): Promise<{ deployment: Deployment; writer: Engine }> {
  const deployment = aDeployment();
  const others = deployment.process();
  await putTopic(others, "orders", {});
  const writer = deployment.process((ports) =>
    portsAround(ports, async ({ name, args }, carryOut) => {
      if (name === "log.append" && isBusy()) {
        const [partition, slot, options] = args as Parameters<Engine["log"]["append"]>;
        await others.log.append(partition, { ...slot, nonce: others.random.nonce() }, options);
      }
      return await carryOut();
    }),
  );
  return { deployment, writer };
}

describe("a writer", () => {
  const publishOne = async (writer: Engine): Promise<number | undefined> =>
    partitionOf((await publishTexts(writer, "orders", aText("x")))[0]);

  it("stays in one partition as long as nobody else is there", async () => {
    const { deployment, writer } = await withCrowd(() => false);
    for (let count = 0; count < 50; count++) {
      expect(await publishOne(writer)).toBe(0);
      deployment.clock.advance(500);
    }
  });

  it("that loses races picks from twice as many partitions each time, and goes back with time", async () => {
    // GIVEN a writer that loses three races in a row
    let races = 3;
    const { deployment, writer } = await withCrowd(() => races-- > 0);
    const widest = await publishOne(writer);
    const spread = [...writer.caches.spreads.values()][0];
    expect(spread).toMatchObject({ choices: 8, partition: widest });
    // WHEN nobody is in its way any more
    const went: (number | undefined)[] = [];
    for (let count = 0; count < 5; count++) {
      deployment.clock.advance(29_000);
      went.push(await publishOne(writer));
      deployment.clock.advance(1_000);
      went.push(await publishOne(writer));
    }
    // THEN
    expect(went[0]).toBe(widest);
    expect(went.slice(1, 3).every((partition = -1) => partition < 4)).toBe(true);
    expect(went.slice(3, 5).every((partition = -1) => partition < 2)).toBe(true);
    expect(went.slice(5)).toEqual([0, 0, 0, 0, 0]);
  });

  it("of more than 1,000 messages/s takes enough partitions in turn", async () => {
    // GIVEN 3,000 messages/s
    const { deployment, writer } = await withCrowd(() => false);
    const texts = Array.from({ length: 300 }, () => aText("x"));
    const publishNext = async () => {
      deployment.clock.advance(100);
      return partitionOf((await publishTexts(writer, "orders", ...texts))[0]);
    };
    for (let count = 0; count < 50; count++) await publishNext();
    // WHEN
    const went: (number | undefined)[] = [];
    for (let count = 0; count < 32; count++) went.push(await publishNext());
    // THEN
    const shares = [0, 1, 2, 3].map((partition) => went.filter((one) => one === partition).length);
    expect(shares).toEqual([8, 8, 8, 8]);
  });
});

describe("large batches that are in flight at once in one process", () => {
  /** Too many to be packed with others, and compressed in the same thread. */
  const LARGE = Array.from({ length: 120 }, () => aText("x"));

  /** Rounds of so many at once; the partitions of each round, and how many puts it took. */
  async function rounds(atOnce: number, partitions: number) {
    const deployment = aTimedDeployment(1);
    await putTopic(deployment.process(), "orders", { partitions });
    let puts = 0;
    const writer = deployment.process((ports) => {
      const counted = portsAround(ports, ({ name }, carryOut) => {
        if (name === "log.append") puts++;
        return carryOut();
      });
      return slow(deployment.clock, seededRandom(1))({ ...ports, ...counted });
    });
    const went: (readonly (number | undefined)[])[] = [];
    for (let round = 0; round < 3; round++) {
      const publishes = Array.from({ length: atOnce }, () => publishTexts(writer, "orders", ...LARGE));
      const ids = await driven(deployment.clock, Promise.all(publishes));
      went.push(ids.map(([id]) => partitionOf(id)).sort());
    }
    return { went, puts };
  }

  it("go to a partition each, lose no race, and come back there", async () => {
    const { went, puts } = await rounds(4, 16);
    expect(went).toEqual([0, 1, 2].map(() => [0, 1, 2, 3]));
    expect(puts).toBe(3 * 4);
  });

  it("share the partitions if there are fewer", async () => {
    const { went } = await rounds(3, 2);
    expect(went.flat()).toHaveLength(9);
    expect(new Set(went.flat())).toEqual(new Set([0, 1]));
  });
});

describe("an ordering key", () => {
  it("names the partition of all its messages, in the order of their publishes, whoever publishes", async () => {
    // GIVEN
    const deployment = aDeployment();
    const writers = [deployment.process(), deployment.process()];
    await putTopic(deployment.process(), "orders", { ordering: "key", partitions: 7 });
    const keys = Array.from({ length: 30 }, (_, index) => `key-${index}`);
    // WHEN
    const ids: (readonly string[])[] = [];
    for (let round = 0; round < 4; round++) {
      const texts = keys.map((key) => aText(`${round}`, { key }));
      ids.push(await publishTexts(writers[round % 2] as Engine, "orders", ...texts));
    }
    // THEN
    keys.forEach((key, index) => {
      const places = ids.map((round) => parseMessageId(round[index] ?? ""));
      expect(new Set(places.map((place) => place?.partition))).toEqual(new Set([partitionOfKey(key, 7)]));
      const offsets = places.map((place) => place?.offset ?? -1);
      expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
    });
  });

  it("is required of each message", async () => {
    const deployment = aDeployment();
    const writer = deployment.process();
    await putTopic(writer, "orders", { ordering: "key" });
    const results = await publish(writer, "orders", [
      aText("a", { key: "k" }),
      aText("b"),
      aText("c", { key: "k" }),
    ]);
    expect(results).toMatchObject([
      { kind: "published" },
      { kind: "failed", error: { code: "invalid-request", errors: [{ path: "key" }] } },
      { kind: "published" },
    ]);
  });
});
