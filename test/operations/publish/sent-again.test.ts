import { StorageUnavailable } from "../../../lib/domain/errors.js";
import type { MessageContent } from "../../../lib/domain/message.js";
import { publishOrDelay } from "../../../lib/operations/delay/publish-or-delay.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { aText } from "../a-deployment.js";
import { portsAround } from "../ports-around.js";
import { aMessage, bodiesIn, withDedup } from "./with-dedup.js";

const REQUEST = { key: "invoice-7", fingerprint: "same" };

const send = (
  engine: Engine,
  contents: readonly MessageContent[],
  request = REQUEST,
  delayed: readonly number[] = [],
) =>
  publishOrDelay(
    engine,
    "orders",
    contents.map((content, index) => ({
      content,
      index,
      ...(delayed.includes(index) ? { deliverAtMs: engine.clock.nowMs() + 60_000 } : {}),
    })),
    request,
  );
const texts = (count: number): readonly MessageContent[] =>
  Array.from({ length: count }, (_, at) => aText(`${at}`));

it("GIVEN a stored request WHEN it is sent again THEN it is answered as before, and nothing is stored", async () => {
  const deployment = await withDedup();
  const first = await send(deployment.process(), texts(3));
  expect(await send(deployment.process(), texts(3))).toEqual(first);
  expect(bodiesIn(deployment)).toEqual([["0", "1", "2"]]);
});

it("GIVEN a key WHEN another request has it THEN that is refused as a whole, until a day later", async () => {
  const deployment = await withDedup();
  await send(deployment.process(), texts(1));
  const other = { ...REQUEST, fingerprint: "other" };
  await expect(send(deployment.process(), texts(2_500), other)).rejects.toMatchObject({
    code: "idempotency-key-reused",
  });
  expect(bodiesIn(deployment).flat()).toEqual(["0"]);
  await deployment.clock.sleep(86_400_000);
  await send(deployment.process(), [aText("new")], other);
  expect(bodiesIn(deployment).flat()).toContain("new");
});

it("GIVEN a request that is stored in part WHEN it is sent again THEN the rest is, and the ids stay", async () => {
  // GIVEN a store that fails the second of three slots, with its answer
  const deployment = await withDedup({ partitions: 1 });
  let appends = 0;
  const engine = deployment.process((ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      if (name !== "log.append") return await carryOut();
      if (++appends === 2) throw new StorageUnavailable("the test");
      return await carryOut();
    }),
  );
  const first = await send(engine, texts(2_500));
  expect(first.filter(({ kind }) => kind === "failed")).toHaveLength(1_500);
  // WHEN
  const second = await send(deployment.process(), texts(2_500));
  // THEN
  expect(second.slice(0, 1_000)).toEqual(first.slice(0, 1_000));
  expect(second.every(({ kind }) => kind === "published")).toBe(true);
  expect(bodiesIn(deployment).flat()).toEqual(texts(2_500).map(({ body }) => body));
  expect(await send(deployment.process(), texts(2_500))).toEqual(second);
});

it("GIVEN keys, delays and repeats WHEN their request is sent again THEN each is answered as it was", async () => {
  const deployment = await withDedup({ ordering: "key", partitions: 4 });
  await publishOrDelay(deployment.process(), "orders", [{ content: { ...aMessage("a"), key: "k" } }]);
  const contents = ["b", "a", undefined, "c", undefined, "b"].map((id, at) => ({
    ...aMessage(id, `${at}`),
    key: `${at}`,
  }));
  const first = await send(deployment.process(), contents, REQUEST, [2, 3]);
  expect(first.map((result) => result.kind !== "failed" && (result.isRepeat ?? false))).toEqual([
    ...[false, true, false, false, false, true],
  ]);
  expect(first.map(({ kind }) => kind === "scheduled")).toEqual([false, false, true, true, false, false]);
  expect(await send(deployment.process(), contents, REQUEST, [2, 3])).toEqual(first);
  const before = bodiesIn(deployment).flat().length;
  await deployment.clock.sleep(3_600_000);
  expect(await send(deployment.process(), contents, REQUEST, [2, 3])).toEqual(first);
  expect(bodiesIn(deployment).flat()).toHaveLength(before);
});

it("GIVEN a message that repeats a delayed one WHEN another request has their key THEN it is refused", async () => {
  const deployment = await withDedup();
  await send(deployment.process(), [aMessage("a"), aMessage("a")], REQUEST, [0]);
  const other = { ...REQUEST, fingerprint: "other" };
  await expect(send(deployment.process(), texts(2), other)).rejects.toMatchObject({
    code: "idempotency-key-reused",
  });
  expect(bodiesIn(deployment)).toEqual([]);
});

it("GIVEN a request of repeats alone WHEN their window is over THEN it is answered as before", async () => {
  const deployment = await withDedup({ dedupWindowSeconds: 60 });
  await publishOrDelay(deployment.process(), "orders", [{ content: aMessage("a") }]);
  const first = await send(deployment.process(), [aMessage("a")]);
  await deployment.clock.sleep(61_000);
  expect(await send(deployment.process(), [aMessage("a")])).toEqual(first);
  expect(bodiesIn(deployment)).toEqual([["a"]]);
});

it("GIVEN many who send the same request at once WHEN they are done THEN it is stored once", async () => {
  const deployment = await withDedup();
  const all = await Promise.all(Array.from({ length: 6 }, () => send(deployment.process(), texts(3))));
  for (const one of all) expect(one).toEqual(all[0]);
  expect(bodiesIn(deployment)).toEqual([["0", "1", "2"]]);
});
