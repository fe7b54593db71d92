import type { Move } from "../../../lib/domain/progress/records.js";
import { SubscriptionNotFound } from "../../../lib/domain/errors.js";
import { seek } from "../../../lib/operations/manage/seek.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { SendAgain } from "../../../lib/operations/redrive/send-again.js";
import { bodies, drained } from "../a-consumer.js";
import { aText } from "../a-deployment.js";
import { portsAround } from "../ports-around.js";
import { withDead } from "./with-dead.js";

it("GIVEN dead letters of many partitions WHEN they are sent THEN few moves do it", async () => {
  const texts = Array.from({ length: 40 }, (_, at) => `${at}`);
  const dead = await withDead(texts, { topic: { partitions: 16 } });
  const moves: Move[] = [];
  const engine = dead.process((ports) =>
    portsAround(ports, ({ name, args }, carryOut) => {
      if (name === "progress.move") moves.push(args[1] as Move);
      return carryOut();
    }),
  );
  const sending = new SendAgain(engine, await findSubscription(engine, "orders", "audit"));
  await sending.ids(dead.ids);
  expect([sending.moved, sending.refused]).toEqual([40, []]);
  expect(moves.map(({ endedDeadLetters = [] }) => endedDeadLetters.length)).toEqual([12, 12, 12, 4]);
  expect((await drained(engine)).sort()).toEqual([...texts].sort());
});

it("GIVEN a seek between two moves WHEN the rest is sent THEN it comes in the life after the seek", async () => {
  const texts = Array.from({ length: 40 }, (_, at) => `${at}`);
  const dead = await withDead(texts);
  let moves = 0;
  const engine = dead.process((ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      const answer = await carryOut();
      if (name === "progress.move" && ++moves === 1) await seek(dead.engine, "orders", "audit", "latest");
      return answer;
    }),
  );
  const sending = new SendAgain(engine, await findSubscription(engine, "orders", "audit"));
  await sending.ids(dead.ids);
  expect([sending.moved, sending.refused]).toEqual([40, []]);
  // The seek skips what was sent before it.
  expect(await drained(dead.process())).toHaveLength(28);
});

it("GIVEN a subscription of the same name made anew WHEN more is sent THEN it is not that one's", async () => {
  const dead = await withDead(Array.from({ length: 20 }, (_, at) => `${at}`));
  const reader = await findSubscription(dead.engine, "orders", "audit");
  const another = { ...reader, subscription: { ...reader.subscription, uid: "another" } };
  const found = await new SendAgain(dead.engine, reader).found(dead.ids);
  await expect(new SendAgain(dead.engine, another).some(found)).rejects.toThrow(SubscriptionNotFound);
});

it("GIVEN a dry run WHEN it is asked for THEN nothing is written", async () => {
  const dead = await withDead(["a"]);
  const sending = new SendAgain(dead.engine, await findSubscription(dead.engine, "orders", "audit"), {
    dryRun: true,
  });
  await sending.ids([...dead.ids, "none"]);
  expect([sending.moved, sending.refused.map(({ id }) => id)]).toEqual([1, ["none"]]);
  expect(await drained(dead.engine)).toEqual([]);
});

it("GIVEN a message that was mended WHEN it is sent with others THEN each comes with its own content", async () => {
  const dead = await withDead(["a", "b"]);
  const reader = await findSubscription(dead.engine, "orders", "audit");
  const mend = { body: aText("mended") };
  await new SendAgain(dead.engine, reader, { mend }).ids(dead.ids.slice(0, 1));
  await new SendAgain(dead.engine, reader).ids(dead.ids.slice(1));
  expect(bodies((await drained(dead.engine)).map((body) => ({ body }) as never)).sort()).toEqual([
    "b",
    "mended",
  ]);
});
