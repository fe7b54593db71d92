import { lambdaStarter } from "../../../lib/adapters/lambda/starter.js";
import { pumpStartIn } from "../../../lib/adapters/lambda/read-pump-event.js";
import type { Starter } from "../../../lib/domain/ports/starter.js";
import { READER } from "./a-handed.js";
import { ALambda } from "./a-lambda.js";
import { subscriptionRefOf } from "../../contract/builders.js";

const PUMP = { subscription: subscriptionRefOf(READER.subscription), lane: 1 };

describe("a starter", () => {
  const lambda = new ALambda();
  let starter: Starter;
  beforeAll(async () => {
    const { starting: client } = await lambda.start();
    starter = lambdaStarter({ client, pumpFunction: "sluice-pump", clockFunction: "sluice-clock" });
  });
  afterAll(() => lambda.stop());
  beforeEach(() => {
    lambda.invocations.length = 0;
    lambda.answers = [];
  });

  it("starts a pump without waiting for it, and tells it which it is", async () => {
    lambda.answers = [{ status: 202 }];
    await starter.startPump(PUMP);
    expect(lambda.invocations).toEqual([{ functionName: "sluice-pump", type: "Event", payload: PUMP }]);
  });

  it.each([
    ["a filter", "filtered", "release"],
    ["keys that hold", "holding", "hold"],
  ] as const)(
    "tells a pump of %s by a name that a release without does not read",
    async (_, name, onDeadLetter) => {
      lambda.answers = [{ status: 202 }];
      const { topic, subscription } = READER;
      const target = { type: "lambda", functionArn: "arn:aws:lambda:eu-west-1:1:function:x" } as const;
      const deadLetter = { ...subscription.deadLetter, onDeadLetter };
      const named = { ...subscription, target, deadLetter, filter: '{"tag":["a"]}' };
      const known = { topic, subscription: named, readAtMs: 1 };
      await starter.startPump({ ...PUMP, hints: { gapMs: 5, known } });
      const [{ payload } = { payload: undefined }] = lambda.invocations;
      expect(payload).toEqual({ ...PUMP, hints: { gapMs: 5, [name]: known } });
      expect(pumpStartIn(payload)).toEqual({ ...PUMP, hints: { gapMs: 5, known } });
    },
  );

  it("starts the clock, and tells it by what name it holds its lock", async () => {
    lambda.answers = [{ status: 202 }];
    await starter.startClock("owner-1");
    expect(lambda.invocations).toEqual([
      { functionName: "sluice-clock", type: "Event", payload: { owner: "owner-1" } },
    ]);
  });

  it("tries once more: a pump that is started twice is harmless", async () => {
    lambda.answers = [{ status: 429, error: "TooManyRequestsException" }, { status: 202 }];
    await starter.startPump(PUMP);
    expect(lambda.invocations).toHaveLength(2);
  });

  it("says so where nothing helps", async () => {
    lambda.answers = Array(5).fill({ hangUp: true });
    await expect(starter.startPump(PUMP)).rejects.toMatchObject({ code: "storage-unavailable" });
    expect(lambda.invocations).toHaveLength(2);
  });
});
