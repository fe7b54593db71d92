import { type Queue, type Wire, aQueue } from "./a-queue.js";

const numbered = (count: number) => Array.from({ length: count }, (_, index) => ({ body: index + 1 }));
const broken = (): never => {
  throw new TypeError("fetch failed");
};
/** Nothing that is said of a message gets through. */
const deafFrom =
  (queue: Queue, fromMs: number): Wire =>
  (sent, pass) =>
    sent.what === "settle" && queue.nowMs >= fromMs ? Promise.reject(new TypeError("fetch failed")) : pass();

describe("a lease", () => {
  it("GIVEN a handler slower than the deadline WHEN it works THEN the lease is extended well before", async () => {
    const queue = await aQueue();
    await queue.publish({ body: 1 });
    const attempts: number[] = [];
    queue.consume(({ attempt }) => (attempts.push(attempt), queue.work(100_000)), { ackDeadlineSeconds: 10 });
    await queue.pass(200_000);
    expect(attempts).toEqual([1]);
    expect(queue.outcomes().at(-1)).toBe("ack");
    const extensions = queue.requests("settle").slice(0, -1);
    expect(extensions.length).toBeGreaterThan(15);
    expect(extensions.length).toBeLessThan(30);
  });

  it("GIVEN many messages in handlers WHEN they are extended THEN they share a request", async () => {
    const queue = await aQueue();
    await queue.publish(...numbered(40));
    queue.consume(() => queue.work(25_000), { concurrency: 40, ackDeadlineSeconds: 30 });
    await queue.pass(24_000);
    expect(queue.requests("settle")).toHaveLength(1);
    expect(queue.outcomes()).toEqual(Array(40).fill("extend 30"));
  });

  it("GIVEN a long poll WHEN it brings a message THEN its deadline counts from when it was asked for", async () => {
    const queue = await aQueue();
    queue.consume(() => queue.work(60_000), { ackDeadlineSeconds: 30 });
    await queue.pass(19_000);
    const sentAtMs = queue.requests("receive")[0]?.atMs ?? 0;
    await queue.publish({ body: 1 });
    await queue.pass(10_000);
    const [first] = queue.requests("settle");
    expect(queue.outcomes()[0]).toBe("extend 30");
    expect(first?.atMs).toBeLessThan(sentAtMs + 29_000);
  });

  it("GIVEN a short deadline WHEN it receives THEN it waits for two thirds of it at most", async () => {
    const queue = await aQueue();
    queue.consume(() => undefined, { ackDeadlineSeconds: 10 });
    await queue.pass(1_000);
    expect(queue.requests("receive")[0]?.body).toMatchObject({ waitSeconds: 6, ackDeadlineSeconds: 10 });
  });
});

describe("a lost lease", () => {
  it.each([3_000, 14_000])(
    "GIVEN an API that hears nothing from %d ms on WHEN the deadline nears THEN the handler's signal aborts before",
    async (fromMs) => {
      const queue = await aQueue();
      await queue.publish({ body: 1 });
      queue.wire = deafFrom(queue, fromMs);
      const aborted: number[] = [];
      const begun: number[] = [];
      queue.consume(
        async (_, { signal }) => {
          begun.push(queue.nowMs);
          await queue.work(300_000, signal);
          if (signal.aborted) aborted.push(queue.nowMs);
        },
        { ackDeadlineSeconds: 10 },
      );
      await queue.pass(40_000);
      expect(begun.length).toBeGreaterThan(1);
      expect(aborted[0]).toBeLessThan(begun[1] ?? 0);
      expect(queue.errors).toContainEqual(
        expect.objectContaining({
          during: "extend",
          error: expect.objectContaining({ code: "lease-lost" }) as Error,
        }),
      );
    },
  );

  it("GIVEN a handler that returns after its signal aborted WHEN it is over THEN it is not acknowledged", async () => {
    const queue = await aQueue();
    await queue.publish({ body: 1 });
    queue.wire = (sent, pass) => (queue.nowMs < 12_000 && sent.what === "settle" ? broken() : pass());
    const attempts: number[] = [];
    queue.consume(
      async ({ attempt }, { signal }) => {
        attempts.push(attempt);
        if (attempt === 1) await queue.work(60_000, signal);
      },
      { ackDeadlineSeconds: 10 },
    );
    await queue.pass(30_000);
    // It may have ended its process: so it is given back once, until nothing else is in hand.
    expect(attempts).toEqual([1, 3]);
  });

  it("GIVEN a subscription that is moved WHEN a lease is extended THEN the handler hears that it is lost", async () => {
    const queue = await aQueue();
    await queue.publish({ body: 1 });
    const reasons: unknown[] = [];
    queue.consume(
      async (_, { signal }) => {
        await queue.work(300_000, signal);
        reasons.push(signal.reason);
      },
      { ackDeadlineSeconds: 10 },
    );
    await queue.pass(1_000);
    await queue.client.seek("orders", "audit", "latest");
    await queue.pass(12_000);
    expect(reasons).toMatchObject([{ code: "lease-lost" }]);
    expect(String(reasons[0])).toContain("the API says that it is gone");
  });

  it("GIVEN a handler that ignores its signal WHEN its message comes again THEN that waits for it", async () => {
    const queue = await aQueue();
    await queue.publish({ body: 1 });
    queue.wire = (sent, pass) => (queue.nowMs < 15_000 && sent.what === "settle" ? broken() : pass());
    let running = 0;
    let most = 0;
    const attempts: number[] = [];
    queue.consume(
      async ({ attempt }) => {
        attempts.push(attempt);
        most = Math.max(most, ++running);
        await queue.work(attempt === 1 ? 40_000 : 100);
        running--;
      },
      { ackDeadlineSeconds: 10 },
    );
    await queue.pass(60_000);
    expect(attempts).toHaveLength(2);
    expect(most).toBe(1);
    expect(await queue.state()).toMatchObject({ backlog: 0, inFlight: 0, retrying: 0 });
  });
});

describe("answers that get lost", () => {
  it("GIVEN a receive without an answer WHEN its lease has run out THEN the message comes", async () => {
    const queue = await aQueue();
    await queue.publish({ body: 1 });
    let lost = 0;
    queue.wire = async (sent, pass) => {
      const answer = await pass();
      return sent.what === "receive" && lost++ === 0 ? broken() : answer;
    };
    const attempts: number[] = [];
    queue.consume(({ attempt }) => void attempts.push(attempt), { ackDeadlineSeconds: 10 });
    await queue.pass(15_000);
    expect(attempts).toEqual([2]);
    expect(queue.errors).toMatchObject([{ during: "receive" }]);
  });

  it("GIVEN a settle without an answer WHEN it is sent again THEN that is harmless", async () => {
    const queue = await aQueue();
    await queue.publish(...numbered(3));
    let lost = 0;
    queue.wire = async (sent, pass) => {
      const answer = await pass();
      return sent.what === "settle" && lost++ === 0 ? broken() : answer;
    };
    const attempts: number[] = [];
    queue.consume(({ attempt }) => void attempts.push(attempt));
    await queue.pass(60_000);
    expect(attempts).toEqual([1, 1, 1]);
    expect(queue.errors.map(({ during }) => during)).toEqual(["settle"]);
    expect(queue.outcomes()).toEqual(Array(6).fill("ack"));
  });

  it("GIVEN an answer that never comes WHEN its time is over THEN the next request is sent", async () => {
    const queue = await aQueue();
    let hung = 0;
    queue.wire = (sent, pass) =>
      sent.what === "receive" && hung++ === 0 ? new Promise<never>(() => undefined) : pass();
    const seen: unknown[] = [];
    queue.consume(({ body }) => void seen.push(body));
    await queue.publish({ body: 1 });
    await queue.pass(29_000);
    expect(seen).toEqual([]);
    await queue.pass(3_000);
    expect(seen).toEqual([1]);
  });

  it("GIVEN a process that dies at work WHEN the deadline is over THEN another gets the message", async () => {
    const queue = await aQueue();
    await queue.publish({ body: 1 });
    let isDead = false;
    queue.wire = (_, pass) => (isDead ? new Promise<never>(() => undefined) : pass());
    queue.consume(() => queue.work(600_000), { ackDeadlineSeconds: 10 });
    await queue.pass(7_000);
    isDead = true;
    const path = "/v1/topics/orders/subscriptions/audit/receive";
    let seen: unknown;
    void queue.api.send("POST", path, { waitSeconds: 20 }).then(({ body }) => (seen = body));
    await queue.pass(10_000);
    expect(seen).toMatchObject({ messages: [{ body: 1, attempt: 2 }] });
  });
});
