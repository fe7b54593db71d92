import { GetCommand } from "@aws-sdk/lib-dynamodb";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { dynamoDbClient } from "../../../lib/adapters/dynamodb/client.js";
import { invokingClient, startingClient } from "../../../lib/adapters/lambda/client.js";
import { s3Client } from "../../../lib/adapters/s3/client.js";
import { s3SegmentStore } from "../../../lib/adapters/s3/segment-store.js";
import { ASlowService } from "./a-slow-service.js";

const CALLS = 680;
const ANSWER_MS = 200;
/** A call that the service answers well within its time, and that waits far longer for its socket. */
const PATIENCE = { connectTimeoutMs: 1_500, requestTimeoutMs: 1_500, maxAttempts: 1 };
/** Sockets that hold a call for minutes are many, so the wait for them is made longer. */
const LONG_CALLS = 2_400;

type At = Awaited<ReturnType<ASlowService["start"]>>;
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
const TIMEOUT_MS = 120_000;

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
      const service = new ASlowService(ANSWER_MS, "{}");
      const call = CLIENTS[name](await service.start());
      // WHEN
      const outcomes = await Promise.allSettled(Array.from({ length: calls }, call));
      await service.stop();
      // THEN
      const failed = outcomes.flatMap((outcome) =>
        outcome.status === "rejected" ? [String(outcome.reason)] : [],
      );
      expect(failed).toEqual([]);
      expect(service.atOnce).toBe(sockets);
    },
    TIMEOUT_MS,
  );
});
