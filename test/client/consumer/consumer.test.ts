import { RejectError, RetryLater } from "../../../lib/client/index.js";
import { aQueue } from "./a-queue.js";

const numbered = (count: number) => Array.from({ length: count }, (_, index) => ({ body: index + 1 }));

describe("the outcome of a handler", () => {
  it("GIVEN a message WHEN its handler returns THEN it is acknowledged, and never comes again", async () => {
    const queue = await aQueue();
    await queue.publish({ body: { orderId: 7 }, attributes: { region: "eu" } });
    const seen: unknown[] = [];
    queue.consume((message) => void seen.push([message.body, message.attributes, message.attempt]));
    await queue.pass(120_000);
    expect(seen).toEqual([[{ orderId: 7 }, { region: "eu" }, 1]]);
    expect(await queue.state()).toMatchObject({ backlog: 0, inFlight: 0, retrying: 0 });
    expect(queue.errors).toEqual([]);
  });

  it("GIVEN a handler that throws WHEN the message comes again THEN it has the error's message", async () => {
    const queue = await aQueue();
    await queue.publish({ body: 1 });
    const seen: unknown[] = [];
    queue.consume(({ attempt, lastError }) => {
      seen.push([attempt, lastError]);
      if (attempt === 1) throw new Error("the shop is closed \ud83d");
    });
    await queue.pass(5_000);
    expect(seen).toEqual([
      [1, undefined],
      [2, "the shop is closed \ufffd"],
    ]);
    expect(queue.errors).toMatchObject([
      { during: "handler", topic: "orders", subscription: "audit", messages: [{ body: 1 }] },
    ]);
  });

  it("GIVEN a handler that asks for a delay WHEN that is over THEN the message comes again", async () => {
    const queue = await aQueue();
    await queue.publish({ body: 1 });
    const seen: number[] = [];
    queue.consume(({ attempt }) => {
      seen.push(queue.nowMs);
      if (attempt === 1) throw new RetryLater("too early", 59.5);
    });
    await queue.pass(100_000);
    expect(seen).toHaveLength(2);
    expect((seen[1] ?? 0) - (seen[0] ?? 0)).toBeGreaterThanOrEqual(60_000);
    expect((seen[1] ?? 0) - (seen[0] ?? 0)).toBeLessThan(62_000);
  });

  it("GIVEN a handler that rejects WHEN it is over THEN the message is a dead letter with the reason", async () => {
    const queue = await aQueue();
    await queue.publish({ body: 1 });
    const seen: number[] = [];
    queue.consume(({ attempt }) => {
      seen.push(attempt);
      throw new RejectError("there is no customer 7");
    });
    await queue.pass(120_000);
    expect(seen).toEqual([1]);
    expect(queue.requests("settle").map(({ body }) => body.results)).toMatchObject([
      [{ outcome: "reject", error: "there is no customer 7" }],
    ]);
    expect(await queue.state()).toMatchObject({ backlog: 0, inFlight: 0, retrying: 0, deadLetters: 1 });
  });

  it("GIVEN an error whose text is too long WHEN it is settled THEN it is cut", async () => {
    const queue = await aQueue();
    await queue.publish({ body: 1 });
    const seen: (string | undefined)[] = [];
    queue.consume(({ attempt, lastError }) => {
      seen.push(lastError);
      if (attempt === 1) throw new Error(`${"x".repeat(1_023)}😀`);
    });
    await queue.pass(5_000);
    expect(seen).toEqual([undefined, "x".repeat(1_023)]);
  });
});

describe("handlers at once", () => {
  it("GIVEN a backlog WHEN concurrency is 7 THEN seven handlers are at work, and never eight", async () => {
    const queue = await aQueue();
    await queue.publish(...numbered(100));
    let running = 0;
    const most: number[] = [];
    queue.consume(
      async () => {
        most.push(++running);
        await queue.work(1_000);
        running--;
      },
      { concurrency: 7 },
    );
    await queue.pass(20_000);
    expect(Math.max(...most)).toBe(7);
    expect(most).toHaveLength(100);
  });

  it("GIVEN slow handlers WHEN it receives THEN it asks for no more than it can begin", async () => {
    const queue = await aQueue();
    await queue.publish(...numbered(30));
    queue.consume(() => queue.work(5_000), { concurrency: 4 });
    await queue.pass(18_000);
    expect(queue.requests("receive").length).toBeGreaterThan(3);
    for (const { body } of queue.requests("receive")) expect(body.maxMessages).toBeLessThanOrEqual(4);
    expect((await queue.state()).inFlight).toBeLessThanOrEqual(4);
  });

  it("GIVEN quick handlers WHEN it receives THEN it asks for what they can begin in half a second", async () => {
    const queue = await aQueue();
    await queue.publish(...numbered(400));
    queue.consume(() => queue.work(100), { concurrency: 4 });
    await queue.pass(20_000);
    const asked = queue.requests("receive").map(({ body }) => body.maxMessages ?? 0);
    expect(asked[0]).toBe(4);
    expect(Math.max(...asked)).toBeGreaterThan(8);
    expect(Math.max(...asked)).toBeLessThanOrEqual(4 + 4 * 5);
    expect(queue.requests("receive").length).toBeLessThan(60);
    expect((await queue.state()).backlog).toBe(0);
  });

  it("GIVEN handlers that become slow WHEN messages wait for long THEN those are given back", async () => {
    const queue = await aQueue();
    await queue.publish(...numbered(100));
    const isSlow = (): boolean => queue.nowMs > 1_500;
    queue.consume(() => queue.work(isSlow() ? 600_000 : 100), { concurrency: 4 });
    await queue.pass(60_000);
    expect(queue.outcomes()).toContain("extend 0");
    expect((await queue.state()).inFlight).toBe(4);
  });

  it("GIVEN handlers that end together WHEN they are settled THEN they share a request", async () => {
    const queue = await aQueue();
    await queue.publish(...numbered(50));
    queue.consume(() => queue.work(3_000), { concurrency: 50 });
    await queue.pass(10_000);
    expect(queue.requests("settle")).toHaveLength(1);
    expect(queue.outcomes()).toEqual(Array(50).fill("ack"));
  });
});

describe("batches", () => {
  it("GIVEN a batch WHEN one message is sent back THEN the others are acknowledged", async () => {
    const queue = await aQueue();
    await queue.publish(...numbered(5));
    const seen: unknown[] = [];
    queue.consumeBatches(
      (messages, { retry }) => {
        for (const message of messages) {
          seen.push([message.body, message.attempt, message.lastError]);
          if (message.body === 3 && message.attempt === 1) retry(message, "not now");
        }
      },
      { maxMessages: 5, concurrency: 1 },
    );
    await queue.pass(10_000);
    expect(seen).toHaveLength(6);
    expect(seen.at(-1)).toEqual([3, 2, "not now"]);
    expect(await queue.state()).toMatchObject({ backlog: 0, inFlight: 0, retrying: 0 });
  });

  it("GIVEN a batch WHEN one message is rejected THEN it is dead, and the others are acknowledged", async () => {
    const queue = await aQueue();
    await queue.publish(...numbered(5));
    queue.consumeBatches(
      (messages, { reject }) => {
        for (const message of messages) if (message.body === 3) reject(message, "no such customer");
      },
      { maxMessages: 5, concurrency: 1 },
    );
    await queue.pass(10_000);
    expect([...queue.outcomes()].sort()).toEqual(["ack", "ack", "ack", "ack", "reject"]);
    expect(await queue.state()).toMatchObject({ backlog: 0, inFlight: 0, retrying: 0, deadLetters: 1 });
  });

  it("GIVEN a batch WHEN its handler throws THEN all of it comes again", async () => {
    const queue = await aQueue();
    await queue.publish(...numbered(3));
    const sizes: number[] = [];
    const attempts: number[] = [];
    queue.consumeBatches(
      (messages) => {
        sizes.push(messages.length);
        for (const { attempt } of messages) attempts.push(attempt);
        if (messages[0]?.attempt === 1) throw new Error("no");
      },
      { concurrency: 1 },
    );
    await queue.pass(10_000);
    expect(attempts.sort()).toEqual([1, 1, 1, 2, 2, 2]);
    expect(sizes[0]).toBe(3);
  });
});

describe("a consumer's name", () => {
  it("GIVEN one WHEN it asks THEN the API hears it, and without one nothing", async () => {
    const queue = await aQueue();
    queue.consume(() => undefined, { name: "host-7" });
    queue.consume(() => undefined);
    await queue.pass(1_000);
    const asked = queue.sent.filter(({ what }) => what === "receive").map(({ body }) => body.consumer);
    expect(new Set(asked)).toEqual(new Set(["host-7", undefined]));
  });

  it.each([[""], ["x".repeat(129)], ["a\tb"]])(
    "GIVEN %j THEN it is refused before anything is sent",
    async (name) => {
      const queue = await aQueue();
      expect(() => queue.consume(() => undefined, { name })).toThrow('the option "name"');
      expect(queue.sent).toEqual([]);
    },
  );
});
