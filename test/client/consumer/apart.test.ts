import { Apart } from "../../../lib/client/consumer/apart.js";
import { SluiceClient } from "../../../lib/client/index.js";
import { type Queue, aQueue } from "./a-queue.js";

const nothing = new Promise<never>(() => undefined);

describe("a worker that refills one by one and is ended by one message", () => {
  const MESSAGES = 60;
  const POISON = 30;
  const CONCURRENCY = 8;
  /** Once all that it had in hand, then in halves of what came with it. */
  const SPARED_AT_MOST = 4;

  interface Begun {
    readonly worker: number;
    readonly body: unknown;
    readonly attempt: number;
    readonly beside: number;
  }

  /** Workers one after the other: each is dead as soon as it begins the poison, and says nothing more. */
  function workers(queue: Queue, begun: Begun[]): () => number {
    let worker = 0;
    const start = (): void => {
      const number = ++worker;
      const isDead = (): boolean => worker !== number;
      const alive = async <T>(work: Promise<T>): Promise<T> => {
        const done = await work;
        return isDead() ? await nothing : done;
      };
      const inHandlers = new Set<unknown>();
      const { clock } = queue.api;
      const handler = async ({ body, attempt }: { body?: unknown; attempt: number }): Promise<void> => {
        inHandlers.add(body);
        begun.push({ worker: number, body, attempt, beside: inHandlers.size - 1 });
        await alive(queue.work(200 + 137 * (Number(body) % 7)));
        if (body === POISON) {
          start();
          await nothing;
        }
        inHandlers.delete(body);
      };
      const timing = {
        nowMs: () => clock.nowMs(),
        sleep: (ms: number, signal?: AbortSignal) => alive(clock.sleep(ms, signal)),
        random: () => 0.5,
      };
      queue.consume(handler, { concurrency: CONCURRENCY, ackDeadlineSeconds: 10, timing });
    };
    start();
    return () => worker;
  }

  async function consumed(maxAttempts: number) {
    const queue = await aQueue();
    const retry = { maxAttempts, minBackoffSeconds: 1, maxBackoffSeconds: 1 };
    await queue.client.putSubscription("orders", "audit", { retry });
    await queue.publish(...Array.from({ length: MESSAGES }, (_, index) => ({ body: index + 1 })));
    const begun: Begun[] = [];
    const count = workers(queue, begun);
    await queue.pass(120_000);
    const letters = queue.client.deadLetters("orders", "audit");
    const { items } = await letters.list({});
    const dead = await Promise.all(items.map(async ({ id }) => await letters.get(id)));
    return { queue, begun, dead, deaths: count() - 1 };
  }

  // With one attempt, any neighbour that is charged would die, too.
  it.each([1, 3])("WHEN %d attempts are allowed THEN that message dies, and no other one", async (most) => {
    const { queue, dead, deaths } = await consumed(most);
    expect(dead.map(({ body }) => body)).toEqual([POISON]);
    const [{ attempts = [] } = {}] = dead;
    const isCharged = attempts.map(({ together }) => together === undefined);
    const spared = deaths - most;
    expect(isCharged).toEqual([...Array<boolean>(spared).fill(false), ...Array<boolean>(most).fill(true)]);
    expect(spared).toBeLessThanOrEqual(SPARED_AT_MOST);
    expect(await queue.state()).toMatchObject({ backlog: 0, inFlight: 0, retrying: 0 });
  });

  it("WHEN its neighbours come again THEN none is handled beside one that was not leased with it", async () => {
    const { begun } = await consumed(3);
    expect(new Set(begun.map(({ body }) => body)).size).toBe(MESSAGES);
    const again = begun.filter(({ attempt }) => attempt > 1);
    expect(again.length).toBeGreaterThan(3);
    for (const { beside } of again) expect(beside).toBeLessThan(CONCURRENCY / 2);
  });
});

describe("a message to be handled alone", () => {
  const A_LEASE = { leaseMs: 10_000 };

  function anApart(inHand: { count: number }) {
    let nowMs = 0;
    let calls = 0;
    const sleeps: (() => void)[] = [];
    const timing = {
      nowMs: () => nowMs,
      sleep: (ms: number) =>
        new Promise<void>((resolve) => void sleeps.push(() => ((nowMs += ms), resolve()))),
      random: () => 0.5,
    };
    const hooks = { inHand: () => inHand.count, hasRoom: () => void calls++ };
    const apart = new Apart(hooks, timing, A_LEASE.leaseMs);
    return { apart, pass: (ms: number) => (nowMs += ms), wake: () => sleeps.shift()?.(), calls: () => calls };
  }

  it("GIVEN empty hands WHEN it comes THEN it is begun, and nothing is taken until it has ended", () => {
    const inHand = { count: 0 };
    const { apart } = anApart(inHand);
    expect(apart.isClosed()).toBe(false);
    expect(apart.mayBegin([{ alone: true }], 0)).toBe(true);
    inHand.count = 1;
    expect(apart.isClosed()).toBe(true);
    inHand.count = 0;
    expect(apart.isClosed()).toBe(false);
  });

  it("GIVEN others in hand WHEN it comes THEN it is given back, and nothing is taken until these end", () => {
    const inHand = { count: 3 };
    const { apart } = anApart(inHand);
    expect(apart.mayBegin([{ alone: true }], 3)).toBe(false);
    expect(apart.isClosed()).toBe(true);
    inHand.count = 0;
    expect(apart.isClosed()).toBe(false);
  });

  it("GIVEN a handler that takes long WHEN a deadline is over THEN others are taken, and it need not wait", () => {
    const inHand = { count: 3 };
    const { apart, pass } = anApart(inHand);
    apart.mayBegin([{ alone: true }], 3);
    pass(A_LEASE.leaseMs);
    expect(apart.isClosed()).toBe(false);
    expect(apart.mayBegin([{ alone: true }], 3)).toBe(true);
  });

  it("GIVEN no such message WHEN others come THEN they are begun", () => {
    const { apart } = anApart({ count: 3 });
    expect(apart.mayBegin([{}], 3)).toBe(true);
    expect(apart.isClosed()).toBe(false);
  });
});

it("GIVEN a client WHEN its consumer asks for messages THEN it says how many it has in hand", async () => {
  const queue = await aQueue();
  const said: (string | null)[] = [];
  const client = new SluiceClient({
    apiUrl: "https://queue.example",
    auth: "none",
    fetch: (request) => {
      said.push(request.headers.get("sluice-in-hand"));
      return Promise.resolve(Response.json({ messages: [] }));
    },
  });
  const consumer = client.consume("orders", "audit", () => undefined, { waitSeconds: 1 });
  await new Promise((resolve) => setImmediate(resolve));
  await consumer.stop();
  expect(said[0]).toBe("0");
  expect(await queue.state()).toMatchObject({ backlog: 0 });
});
