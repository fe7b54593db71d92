import fc from "fast-check";
import { type ReceivedMessage, RejectError } from "../../../lib/client/index.js";
import { type Queue, aQueue } from "./a-queue.js";

type Keyed = { readonly key: string; readonly body: string };

/** `["a1", "b1", "a2"]`: the key is the letter. */
const keyed = (...bodies: readonly string[]): Keyed[] =>
  bodies.map((body) => ({ key: body.slice(0, 1), body }));

/** Handles messages, and tells for each key what was done, and the most handlers that were at work on it at once. */
function watching(
  queue: Queue,
  workMs: number,
  fails: (body: string, attempt: number) => boolean = () => false,
) {
  const done = new Map<string, string[]>();
  const running = new Map<string, number>();
  let most = 0;
  let mostOfAll = 0;
  const handler = async ({ key = "", body, attempt }: ReceivedMessage) => {
    running.set(key, (running.get(key) ?? 0) + 1);
    most = Math.max(most, running.get(key) ?? 0);
    mostOfAll = Math.max(
      mostOfAll,
      [...running.values()].reduce((sum, one) => sum + one, 0),
    );
    await queue.work(workMs);
    running.set(key, (running.get(key) ?? 1) - 1);
    if (fails(String(body), attempt)) throw new Error("no");
    done.set(key, [...(done.get(key) ?? []), String(body)]);
  };
  return { handler, done, most: () => most, mostOfAll: () => mostOfAll };
}

it("GIVEN messages of two keys in one receive WHEN they are handled THEN each key's take turns", async () => {
  const queue = await aQueue("key");
  await queue.publish(...keyed("a1", "a2", "b1", "a3", "b2"));
  const { handler, done, most, mostOfAll } = watching(queue, 1_000);
  queue.consume(handler);
  await queue.pass(10_000);
  expect([...done]).toEqual([
    ["a", ["a1", "a2", "a3"]],
    ["b", ["b1", "b2"]],
  ]);
  expect([most(), mostOfAll()]).toEqual([1, 2]);
});

it("GIVEN one partition with 50 keys WHEN 20 handlers may run THEN 20 do, and never two of a key", async () => {
  const queue = await aQueue("key");
  const names = Array.from({ length: 400 }, (_, at) => ({ key: `k${at % 50}`, body: String(at) }));
  await queue.publish(...names);
  const { handler, done, most, mostOfAll } = watching(queue, 100);
  queue.consume(handler, { concurrency: 20 });
  await queue.pass(10_000);
  expect([most(), mostOfAll()]).toEqual([1, 20]);
  const inOrder = Array.from({ length: 50 }, (_, key) =>
    Array.from({ length: 8 }, (_one, at) => String(key + 50 * at)),
  );
  expect(Array.from({ length: 50 }, (_, key) => done.get(`k${key}`))).toEqual(inOrder);
});

it("GIVEN a message that fails WHEN others of its key wait behind it THEN they are given back unbegun", async () => {
  const queue = await aQueue("key");
  await queue.publish(...keyed("a1", "a2", "b1", "a3"));
  const { handler, done } = watching(queue, 100, (body, attempt) => body === "a1" && attempt <= 2);
  queue.consume(handler);
  await queue.pass(1_000);
  expect(queue.outcomes()).toEqual(expect.arrayContaining(["retry", "extend 0"]));
  expect(done.get("a")).toBeUndefined();
  await queue.pass(20_000);
  expect(done.get("a")).toEqual(["a1", "a2", "a3"]);
  expect(done.get("b")).toEqual(["b1"]);
});

it("GIVEN a message that is rejected WHEN others of its key wait behind it THEN they go on", async () => {
  const queue = await aQueue("key");
  await queue.publish(...keyed("a1", "a2", "b1", "a3"));
  const { handler, done } = watching(queue, 100);
  queue.consume(async (message) => {
    await handler(message);
    if (message.body === "a1") throw new RejectError("no");
  });
  await queue.pass(1_000);
  expect(done.get("a")).toEqual(["a1", "a2", "a3"]);
  expect([...queue.outcomes()].sort()).toEqual(["ack", "ack", "ack", "reject"]);
  expect(await queue.state()).toMatchObject({ deadLetters: 1, retrying: 0, inFlight: 0 });
});

it("GIVEN a batch WHEN one of a key is sent back THEN those behind it are not acknowledged", async () => {
  const queue = await aQueue("key");
  await queue.publish(...keyed("a1", "b1", "a2"));
  const seen: string[] = [];
  queue.consumeBatches((messages, { retry }) => {
    for (const message of messages) {
      seen.push(`${String(message.body)} ${message.attempt}`);
      if (message.body === "a1" && message.attempt === 1) retry(message, new Error("no"));
    }
  });
  await queue.pass(10_000);
  expect(seen).toEqual(["a1 1", "b1 1", "a2 1", "a1 2", "a2 2"]);
});

it("GIVEN ordering none WHEN messages have one key THEN they run at the same time", async () => {
  const queue = await aQueue();
  await queue.publish(...keyed("a1", "a2", "a3"));
  const { handler, most } = watching(queue, 1_000);
  queue.consume(handler, { ordering: "none" });
  await queue.pass(5_000);
  expect(most()).toBe(3);
});

it("GIVEN any keys, failures and lost answers WHEN all is done THEN no message overtook one of its key", async () => {
  const plan = fc.record({
    bodies: fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 10 }),
    failing: fc.array(fc.nat(9), { maxLength: 3 }),
    lost: fc.array(fc.nat(30), { maxLength: 8 }),
    concurrency: fc.integer({ min: 1, max: 4 }),
    workMs: fc.constantFrom(10, 900, 7_000),
  });
  const property = fc.asyncProperty(plan, async ({ bodies, failing, lost, concurrency, workMs }) => {
    const queue = await aQueue("key");
    const published = bodies.map((key, index) => ({ key, body: `${key}${index}` }));
    await queue.publish(...published);
    const failingBodies = new Set(failing.map((index) => published[index]?.body));
    let requests = 0;
    queue.wire = async (_, pass) => {
      const isLost = lost.includes(requests++);
      const answer = await pass();
      if (isLost) throw new TypeError("fetch failed");
      return answer;
    };
    const { handler, done, most } = watching(
      queue,
      workMs,
      (body, attempt) => attempt < 3 && failingBodies.has(body),
    );
    queue.consume(handler, { concurrency, ackDeadlineSeconds: 10 });
    const isOver = async (): Promise<boolean> => {
      const { backlog, inFlight, retrying } = await queue.state();
      return backlog + inFlight + retrying === 0;
    };
    for (let turn = 0; turn < 40 && !(await isOver()); turn++) await queue.pass(10_000);
    expect(most()).toBe(1);
    for (const [key, bodiesDone] of done) {
      // What comes twice comes right after itself, or after those behind it that came with it.
      const firsts = [...new Set(bodiesDone)];
      expect(firsts).toEqual(published.filter((one) => one.key === key).map(({ body }) => body));
    }
    expect(await isOver()).toBe(true);
  });
  await fc.assert(property, { numRuns: 12 });
});
