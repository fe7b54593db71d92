import { GetCommand } from "../../../lib/adapters/dynamodb/commands.js";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { dynamoDbClient } from "../../../lib/adapters/dynamodb/client.js";
import { invokingClient, startingClient } from "../../../lib/adapters/lambda/client.js";
import { s3Client } from "../../../lib/adapters/s3/client.js";
import { s3SegmentStore } from "../../../lib/adapters/s3/segment-store.js";
import { AHoldingService } from "./a-holding-service.js";

const CALLS = 680;
/** Sockets that hold a call for minutes are many, so more calls wait for them. */
const LONG_CALLS = 2_400;
/** By the clients' clock, which the test moves: the machine may be as slow as it likes. */
const ANSWER_MS = 40_000;
/** A call that is answered well within its time, and that may wait far longer for its socket. */
const TIMEOUT_MS = 60_000;
const PATIENCE = { connectTimeoutMs: TIMEOUT_MS, requestTimeoutMs: TIMEOUT_MS, maxAttempts: 1 };

type At = Awaited<ReturnType<AHoldingService["start"]>>;
type Call = () => Promise<unknown>;

const CLIENTS = {
  DynamoDB: (at: At): Call => {
    const client = dynamoDbClient({ ...at, ...PATIENCE });
    return () => client.send(new GetCommand({ TableName: "log", Key: { pk: "p", sk: "s" } }));
  },
  S3: (at: At): Call => {
    const store = s3SegmentStore({ client: s3Client({ ...at, ...PATIENCE }), bucket: "segments" });
    return () => store.get("segments/3d/one");
  },
  "starts of functions": (at: At): Call => {
    const client = startingClient({ ...at, ...PATIENCE });
    return () => client.send(new InvokeCommand({ FunctionName: "sluice-pump", InvocationType: "Event" }));
  },
  "calls of handlers": (at: At): Call => {
    const client = invokingClient({ ...at, ...PATIENCE });
    return () => client.send(new InvokeCommand({ FunctionName: "ship-it" }));
  },
};

/** For thousands of calls on a busy machine. */
const TEST_MS = 120_000;
/** The clients count their time-outs with `setTimeout`; everything else goes on by itself. */
const REAL = ["Date", "hrtime", "nextTick", "performance", "queueMicrotask", "setImmediate"] as const;
/** Rounds of the event loop in which one request too many would arrive. */
const A_WHILE = 20;

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => void jest.useFakeTimers({ doNotFake: [...REAL] }));
afterEach(() => void jest.useRealTimers());

/** Makes all calls at once. Whenever the service has all that can come, it answers, after a while. */
async function burst(service: AHoldingService, call: Call, calls: number, sockets: number) {
  let over = 0;
  const outcomes = Array.from({ length: calls }, () => call().finally(() => over++));
  const all = Promise.allSettled(outcomes);
  while (over < calls) {
    while (service.held < Math.min(sockets, calls - over)) await soon();
    for (let round = 0; round < A_WHILE; round++) await soon();
    jest.advanceTimersByTime(ANSWER_MS);
    service.answer();
  }
  return await all;
}

describe("a burst of calls", () => {
  it.each<{ name: keyof typeof CLIENTS; calls: number; sockets: number }>([
    { name: "DynamoDB", calls: CALLS, sockets: 50 },
    { name: "S3", calls: CALLS, sockets: 50 },
    { name: "starts of functions", calls: CALLS, sockets: 50 },
    { name: "calls of handlers", calls: LONG_CALLS, sockets: 600 },
  ])(
    "waits for its sockets, and fails for none: $name",
    async ({ name, calls, sockets }) => {
      // GIVEN
      const service = new AHoldingService("{}");
      const call = CLIENTS[name](await service.start());
      // WHEN
      const outcomes = await burst(service, call, calls, sockets);
      await service.stop();
      // THEN
      const failed = outcomes.flatMap((outcome) =>
        outcome.status === "rejected" ? [String(outcome.reason)] : [],
      );
      expect(failed).toEqual([]);
      expect(service.atOnce).toBe(sockets);
    },
    TEST_MS,
  );
});

it.each(Object.keys(CLIENTS) as (keyof typeof CLIENTS)[])(
  "a call that has its socket fails once its time is over, and no sooner: %s",
  async (name) => {
    // GIVEN
    const service = new AHoldingService("{}");
    const call = CLIENTS[name](await service.start());
    let isOver = false;
    const outcome = call()
      .then(() => "answered")
      .catch(() => "failed")
      .finally(() => (isOver = true));
    while (service.held === 0) await soon();
    // WHEN
    jest.advanceTimersByTime(TIMEOUT_MS - 1);
    for (let round = 0; round < A_WHILE; round++) await soon();
    expect(isOver).toBe(false);
    jest.advanceTimersByTime(1);
    // THEN
    expect(await outcome).toBe("failed");
    await service.stop();
  },
);
