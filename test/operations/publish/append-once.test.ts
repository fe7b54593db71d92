import { Conflict, StorageUnavailable } from "../../../lib/domain/errors.js";
import type { MessageContent } from "../../../lib/domain/message.js";
import type { PublishResult } from "../../../lib/domain/publish-result.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { findTopic } from "../../../lib/operations/lookup.js";
import { deleteTopic, putTopic } from "../../../lib/operations/manage/topics.js";
import { appendOnce } from "../../../lib/operations/publish/append-once.js";
import { recording, portsAround } from "../ports-around.js";
import { aMessage, bodiesIn, withDedup } from "./with-dedup.js";

const once = async (
  engine: Engine,
  ...contents: readonly MessageContent[]
): Promise<readonly PublishResult[]> => {
  const results = await appendOnce(engine, await findTopic(engine, "orders"), contents, undefined);
  if (results instanceof Error) throw results;
  return results;
};
const repeatOf = (result: PublishResult | undefined) => ({ ...result, isRepeat: true });

it("stores the first message with an id, and answers any other process with it, whatever the body is", async () => {
  // GIVEN
  const deployment = await withDedup();
  const [first] = await once(deployment.process(), aMessage("a", "one"));
  // WHEN
  const [again] = await once(deployment.process(), aMessage("a", "two"));
  // THEN
  expect(first).toMatchObject({ kind: "published" });
  expect(again).toEqual(repeatOf(first));
  expect(bodiesIn(deployment)).toEqual([["one"]]);
});

it("leaves out what is a repeat among others, in two transactions, and each gets its own result", async () => {
  // GIVEN
  const deployment = await withDedup();
  const known = await once(deployment.process(), aMessage("a"), aMessage("b"), aMessage("c"));
  const calls: string[] = [];
  const engine = deployment.process(recording(calls));
  // WHEN
  const ids = ["x", "a", undefined, "b", "y", "c"] as const;
  const results = await once(engine, ...ids.map((id) => aMessage(id)));
  // THEN
  const [x, a, none, b, y, c] = results;
  expect([a, b, c]).toEqual(known.map(repeatOf));
  expect(bodiesIn(deployment)).toEqual([
    ["a", "b", "c"],
    ["x", "none", "y"],
  ]);
  const offsets = [x, none, y].map((one) => one?.kind === "published" && Number(one.id.split(".").at(-1)));
  expect(offsets.map((offset) => Number(offset) - Number(offsets[0]))).toEqual([0, 1, 2]);
  expect(calls.filter((name) => name === "log.append")).toHaveLength(2);
});

it("appends nothing where all are repeats", async () => {
  const deployment = await withDedup();
  const known = await once(deployment.process(), aMessage("a"), aMessage("b"));
  expect(await once(deployment.process(), aMessage("b"), aMessage("a"))).toEqual(
    [known[1], known[0]].map(repeatOf),
  );
  expect(bodiesIn(deployment)).toEqual([["a", "b"]]);
});

it("lets one of many through that publish the same id at once", async () => {
  const deployment = await withDedup();
  const all = await Promise.all(
    Array.from({ length: 8 }, (_, at) =>
      once(deployment.process(), aMessage("a", `${at}`), aMessage(`own-${at}`)),
    ),
  );
  const firsts = all.map(([one]) => one as PublishResult);
  expect(firsts.filter((one) => one.kind === "published" && !one.isRepeat)).toHaveLength(1);
  expect(new Set(firsts.map((one) => one.kind === "published" && one.id)).size).toBe(1);
  const others = bodiesIn(deployment)
    .flat()
    .filter((body) => body.startsWith("own-"));
  expect([...others].sort()).toEqual(Array.from({ length: 8 }, (_, at) => `own-${at}`));
  expect(bodiesIn(deployment).flat()).toHaveLength(9);
});

it("tells the right place after a lost race", async () => {
  // GIVEN a process that knows a tail which another one has moved
  const deployment = await withDedup({ partitions: 1 });
  const [late, other] = [deployment.process(), deployment.process()];
  await once(late, aMessage("first"));
  await once(other, aMessage("second"), aMessage("third"));
  // WHEN
  const [mine] = await once(late, aMessage("a"));
  // THEN
  expect(await once(other, aMessage("a"))).toEqual([repeatOf(mine)]);
  expect(mine).toMatchObject({ id: expect.stringMatching(/3$/) as string });
});

it("finds what was stored though its answer was lost", async () => {
  // GIVEN
  const deployment = await withDedup();
  let isLost = true;
  const engine = deployment.process((ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      const outcome = await carryOut();
      if (name === "log.append" && isLost) throw new StorageUnavailable("the test");
      return outcome;
    }),
  );
  await expect(once(engine, aMessage("a"))).rejects.toMatchObject({ code: "storage-unavailable" });
  isLost = false;
  // WHEN
  const [again] = await once(engine, aMessage("a"));
  // THEN
  expect(again).toMatchObject({ kind: "published", isRepeat: true });
  expect(bodiesIn(deployment)).toEqual([["a"]]);
});

it("holds an id until the window ends, to the millisecond, and in no other life of the topic", async () => {
  const deployment = await withDedup({ dedupWindowSeconds: 60 });
  const { clock } = deployment;
  const [first] = await once(deployment.process(), aMessage("a"));
  await clock.sleep(59_999);
  expect(await once(deployment.process(), aMessage("a"))).toEqual([repeatOf(first)]);
  await clock.sleep(1);
  const [second] = await once(deployment.process(), aMessage("a"));
  expect(second).not.toHaveProperty("isRepeat");
  expect(await once(deployment.process(), aMessage("a"))).toEqual([repeatOf(second)]);
  await deleteTopic(deployment.process(), "orders");
  await clock.sleep(10 * 60_000);
  await putTopic(deployment.process(), "orders", { dedupWindowSeconds: 604_800 });
  expect((await once(deployment.process(), aMessage("a")))[0]).not.toHaveProperty("isRepeat");
});

it("looks at no id where the topic's window is 0", async () => {
  const deployment = await withDedup({ dedupWindowSeconds: 0 });
  await once(deployment.process(), aMessage("a"), aMessage("a"));
  await once(deployment.process(), aMessage("a"));
  expect(bodiesIn(deployment).flat()).toEqual(["a", "a", "a"]);
  expect(deployment.storage.records.size).toBe(0);
});

it("costs others nothing that what an id holds cannot be read", async () => {
  // GIVEN
  const deployment = await withDedup();
  await once(deployment.process(), aMessage("a"));
  const [[name, record]] = deployment.storage.records as unknown as [[string, { value: string }]];
  deployment.storage.records.set(name, { ...record, value: "{", version: 1 });
  // WHEN
  const [failed, stored] = await once(deployment.process(), aMessage("a"), aMessage("b"));
  // THEN
  expect(failed).toMatchObject({ kind: "failed", error: { code: new Conflict("").code } });
  expect(stored).toMatchObject({ kind: "published" });
});

it("takes 96 ids with a slot, and its anchor", async () => {
  const deployment = await withDedup();
  const results = await once(
    deployment.process(),
    ...Array.from({ length: 96 }, (_, at) => aMessage(`${at}`)),
  );
  expect(results).toHaveLength(96);
  expect(bodiesIn(deployment).map((bodies) => bodies.length)).toEqual([96]);
});
