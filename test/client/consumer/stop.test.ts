import { SluiceClient } from "../../../lib/client/index.js";
import { aQueue } from "./a-queue.js";

const numbered = (count: number) => Array.from({ length: count }, (_, index) => ({ body: index + 1 }));

it("GIVEN handlers at work WHEN it stops THEN it takes nothing new, and waits for them", async () => {
  const queue = await aQueue();
  await queue.publish(...numbered(10));
  const done: unknown[] = [];
  const consumer = queue.consume(async ({ body }) => (await queue.work(8_000), done.push(body)), {
    concurrency: 2,
  });
  await queue.pass(1_000);
  const stopped = consumer.stop().then(() => queue.nowMs);
  await queue.pass(20_000);
  expect(await stopped).toBeLessThan(8_500);
  expect(done).toHaveLength(2);
  expect(await queue.state()).toMatchObject({ backlog: 8, inFlight: 0, retrying: 0 });
  await expect(consumer.finished).resolves.toBeUndefined();
});

it("GIVEN messages that no handler has begun WHEN it stops THEN they go back at once", async () => {
  const queue = await aQueue("key");
  await queue.publish(...numbered(4).map(({ body }) => ({ body, key: "a" })));
  const seen: unknown[] = [];
  const consumer = queue.consume(({ body }) => (seen.push(body), queue.work(5_000)));
  await queue.pass(1_000);
  void consumer.stop();
  await queue.pass(500);
  expect(queue.outcomes()).toEqual(["extend 0", "extend 0", "extend 0"]);
  await queue.pass(5_000);
  await consumer.finished;
  expect(seen).toEqual([1]);
  const next = await queue.client.receive("orders", "audit");
  expect(next.map(({ body }) => body)).toEqual([2, 3, 4]);
});

it("GIVEN a handler over the time limit WHEN it stops THEN its signal aborts, and its message goes back", async () => {
  const queue = await aQueue();
  await queue.publish({ body: 1 });
  const consumer = queue.consume((_, { signal }) => queue.work(600_000, signal), { stopTimeoutSeconds: 5 });
  await queue.pass(1_000);
  const stopped = consumer.stop().then(() => queue.nowMs);
  await queue.pass(10_000);
  expect(await stopped).toBeLessThan(6_500);
  expect(await queue.client.receive("orders", "audit")).toMatchObject([{ body: 1, attempt: 2 }]);
});

it("GIVEN a handler that ignores its signal WHEN it stops THEN it ends, and the message stays leased", async () => {
  const queue = await aQueue();
  await queue.publish({ body: 1 });
  const consumer = queue.consume(() => queue.work(600_000), { stopTimeoutSeconds: 5 });
  await queue.pass(1_000);
  const stopped = consumer.stop().then(() => queue.nowMs);
  await queue.pass(10_000);
  expect(await stopped).toBeLessThan(8_500);
  expect(await queue.client.receive("orders", "audit")).toEqual([]);
  await queue.pass(40_000);
  expect(await queue.client.receive("orders", "audit")).toMatchObject([{ body: 1, attempt: 2 }]);
});

it("GIVEN an open poll WHEN it stops THEN what it brings soon goes back, and it is not waited for", async () => {
  const queue = await aQueue();
  const consumer = queue.consume(() => undefined);
  await queue.pass(1_000);
  const stopped = consumer.stop().then(() => queue.nowMs);
  await queue.pass(1_000);
  await queue.publish({ body: 1 });
  await queue.pass(5_000);
  expect(await stopped).toBeLessThan(3_500);
  expect(queue.outcomes()).toEqual(["extend 0"]);
  expect(await queue.client.receive("orders", "audit")).toMatchObject([{ body: 1 }]);
});

it("GIVEN an API that does not answer WHEN it stops THEN it ends all the same", async () => {
  const queue = await aQueue();
  await queue.publish(...numbered(3));
  const consumer = queue.consume(() => queue.work(2_000));
  await queue.pass(1_000);
  queue.wire = () => new Promise<never>(() => undefined);
  const stopped = consumer.stop().then(() => queue.nowMs);
  await queue.pass(30_000);
  expect(await stopped).toBeLessThan(8_500);
});

it("GIVEN a signal of the process WHEN it comes, and comes again, THEN the consumer stops gracefully", async () => {
  const queue = await aQueue();
  await queue.publish({ body: 1 });
  const before = process.listenerCount("SIGUSR2");
  const consumer = queue.consume(() => queue.work(3_000), { stopOn: ["SIGUSR2"] });
  await queue.pass(1_000);
  process.emit("SIGUSR2");
  process.emit("SIGUSR2");
  await queue.pass(5_000);
  await consumer.finished;
  expect(queue.outcomes()).toEqual(["ack"]);
  expect(process.listenerCount("SIGUSR2")).toBe(before);
});

it.each([false, true])(
  "GIVEN an AbortSignal WHEN it aborts, before the start %s, THEN it stops",
  async (isFirst) => {
    const queue = await aQueue();
    const stop = new AbortController();
    if (isFirst) stop.abort();
    const consumer = queue.consume(() => undefined, { signal: stop.signal });
    await queue.pass(1_000);
    stop.abort();
    await queue.pass(3_000);
    await consumer.finished;
    expect(queue.requests("receive")).toHaveLength(isFirst ? 0 : 1);
  },
);

it("GIVEN wrong options WHEN it is made THEN one sentence names the option", () => {
  const client = new SluiceClient({ apiUrl: "https://queue.example", auth: "none" });
  const make =
    (options: object, handler: unknown = () => undefined) =>
    () =>
      client.consumeBatches("orders", "audit", handler as () => void, options);
  const wrong = (text: string): unknown =>
    expect.objectContaining({ code: "wrong-usage", message: expect.stringContaining(text) as string });
  expect(make({}, "audit")).toThrow(wrong("the handler is not a function") as Error);
  expect(make({ concurrency: 0 })).toThrow(wrong('the option "concurrency" is 0') as Error);
  expect(make({ maxMessages: 1.5 })).toThrow(wrong('the option "maxMessages" is 1.5') as Error);
  expect(make({ ackDeadlineSeconds: "30" })).toThrow(
    wrong('the option "ackDeadlineSeconds" is "30"') as Error,
  );
  expect(make({ waitSeconds: 21 })).toThrow(wrong('the option "waitSeconds" is 21') as Error);
  expect(make({ ordering: "fifo" })).toThrow(wrong('the option "ordering" is "fifo"') as Error);
  expect(make({ onError: true })).toThrow(wrong('the option "onError"') as Error);
  expect(() => client.consume("a b", "audit", () => undefined)).toThrow(
    wrong("is not a topic name") as Error,
  );
});
