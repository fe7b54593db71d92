import type { Queue } from "./a-queue.js";
import { aQueue, problem, wordsOf } from "./a-queue.js";

const numbered = (count: number) => Array.from({ length: count }, (_, body) => ({ body }));

/** A backlog that one handler at a time works off, and what it has handled. */
async function aBacklog(count = 20) {
  const queue = await aQueue();
  await queue.publish(...numbered(count));
  const seen: unknown[] = [];
  const consume = () =>
    queue.consume(
      async ({ body }) => {
        await queue.work(700);
        seen.push(body);
      },
      { concurrency: 1 },
    );
  return { queue, seen, consume };
}

const carrying = (queue: Queue) => queue.requests("receive").filter((one) => wordsOf(one).length > 0);

describe("GIVEN a backlog, and a handler that takes a while", () => {
  it("WHEN it is worked off THEN each receive settles what came before, and does not wait", async () => {
    const { queue, seen, consume } = await aBacklog();
    consume();
    await queue.pass(60_000);
    expect(seen).toHaveLength(20);
    expect(new Set(seen).size).toBe(20);
    expect(carrying(queue).length).toBeGreaterThanOrEqual(19);
    for (const { body } of carrying(queue)) expect(body.waitSeconds).toBe(0);
    expect(queue.requests("settle").length).toBeLessThanOrEqual(1);
    expect(await queue.state()).toMatchObject({ backlog: 0, inFlight: 0, retrying: 0 });
  });

  it("WHEN what it settles is the last that it has THEN it says that nothing else is in its hands", async () => {
    const { queue, consume } = await aBacklog(5);
    const inHand: (string | null)[] = [];
    queue.wire = (sent, pass) => {
      if (sent.what === "receive") inHand.push(sent.headers.get("sluice-in-hand"));
      return pass();
    };
    consume();
    await queue.pass(10_000);
    expect(carrying(queue).length).toBeGreaterThanOrEqual(4);
    expect(new Set(inHand)).toEqual(new Set(["0"]));
  });

  it("WHEN such a request gets lost THEN what it was to settle is said again", async () => {
    const { queue, seen, consume } = await aBacklog(6);
    let lost = 0;
    queue.wire = (sent, pass) => {
      if (sent.what !== "receive" || wordsOf(sent).length === 0 || lost > 0) return pass();
      lost++;
      return Promise.reject(new Error("no network"));
    };
    consume();
    await queue.pass(90_000);
    expect(lost).toBe(1);
    expect(seen).toHaveLength(6);
    expect(queue.outcomes().filter((outcome) => outcome === "ack").length).toBeGreaterThanOrEqual(7);
    expect(await queue.state()).toMatchObject({ backlog: 0, inFlight: 0, retrying: 0 });
  });

  it("WHEN such a request hangs THEN it gets the time of a settlement, so that no lease is lost by it", async () => {
    const { queue, seen } = await aBacklog(6);
    let hung = 0;
    queue.wire = (sent, pass) => {
      if (sent.what !== "receive" || wordsOf(sent).length === 0 || hung > 0) return pass();
      hung++;
      return new Promise(() => undefined);
    };
    const lost: unknown[] = [];
    queue.consume(
      async ({ body }, { signal }) => {
        signal.addEventListener("abort", () => lost.push(body));
        await queue.work(700);
        seen.push(body);
      },
      { concurrency: 2, ackDeadlineSeconds: 12, waitSeconds: 2 },
    );
    await queue.pass(60_000);
    expect(hung).toBe(1);
    expect(lost).toEqual([]);
    expect(seen).toHaveLength(6);
    const [first, second] = queue.settling();
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeLessThan(4_000);
  });

  it("WHEN its answer gets lost THEN nothing is handled twice, and no message has an error", async () => {
    const { queue, seen, consume } = await aBacklog(6);
    let lost = 0;
    queue.wire = async (sent, pass) => {
      const answer = await pass();
      if (sent.what !== "receive" || wordsOf(sent).length === 0 || lost > 0) return answer;
      lost++;
      throw new Error("no network");
    };
    consume();
    await queue.pass(120_000);
    expect(lost).toBe(1);
    expect(new Set(seen).size).toBe(6);
    expect(queue.errors.map(({ during }) => during)).toEqual(["receive"]);
    expect(await queue.state()).toMatchObject({ backlog: 0, inFlight: 0, retrying: 0 });
  });

  it("WHEN the API does not know such requests THEN it settles by itself, without an error", async () => {
    const { queue, seen, consume } = await aBacklog(6);
    queue.wire = (sent, pass) =>
      sent.body.settle ? Promise.resolve(problem(400, "invalid-request")) : pass();
    consume();
    await queue.pass(30_000);
    expect(seen).toHaveLength(6);
    expect(carrying(queue)).toHaveLength(1);
    expect(queue.requests("settle").length).toBeGreaterThanOrEqual(6);
    expect(queue.errors).toEqual([]);
  });

  it("WHEN somebody has settled the message already THEN the result of its word is told", async () => {
    const { queue, consume } = await aBacklog(3);
    queue.wire = async (sent, pass) => {
      const [word] = sent.body.settle ?? [];
      if (word && queue.errors.length === 0) await queue.client.ack("orders", "audit", [word]);
      return await pass();
    };
    consume();
    await queue.pass(20_000);
    expect(queue.errors[0]).toMatchObject({ during: "settle", error: { code: "receipt-expired" } });
  });
});
