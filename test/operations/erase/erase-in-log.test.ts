import { Conflict } from "../../../lib/domain/errors.js";
import { eraseInLog } from "../../../lib/operations/erase/erase-in-log.js";
import { findTopic } from "../../../lib/operations/lookup.js";
import { bodies, drained, publishTogether, receive, withAudit } from "../a-consumer.js";
import { placesOf } from "../../stored-texts.js";

const SECRET = "ada.lovelace@example.com";
const erasure = { atMs: 7 };

async function withTwo(inlineLimitBytes: number) {
  const audit = await withAudit({ topic: { partitions: 1 } });
  const engine = audit.process(undefined, { inlineLimitBytes });
  const [id = "", beside = ""] = await publishTogether(engine, SECRET, "beside");
  return { ...audit, engine, id, beside, topic: await findTopic(engine, "orders") };
}

it("GIVEN a slot that another erases from first WHEN it is rewritten THEN that one's erasing stays", async () => {
  const { process, engine, topic, id, beside, storage } = await withTwo(0);
  let isFirst = true;
  const slow = process((ports) => ({
    log: {
      ...ports.log,
      replace: async (...args) => {
        if (isFirst) {
          isFirst = false;
          await eraseInLog(engine, topic, beside, { erasure });
        }
        return await ports.log.replace(...args);
      },
    },
  }));
  await eraseInLog(slow, topic, id, { erasure });
  expect([placesOf(storage, SECRET), placesOf(storage, "beside")]).toEqual([[], []]);
  expect(storage.segments.size).toBe(1);
  expect(await drained(engine)).toEqual([]);
});

it("GIVEN a slot that always changes WHEN it is rewritten THEN it gives up, and leaves no object behind", async () => {
  const { process, topic, id, storage } = await withTwo(0);
  const unlucky = process((ports) => ({
    log: { ...ports.log, replace: () => Promise.resolve("changed" as const) },
  }));
  await expect(eraseInLog(unlucky, topic, id, { erasure })).rejects.toBeInstanceOf(Conflict);
  expect(storage.segments.size).toBe(1);
});

it("GIVEN a process that dies before it deletes the object WHEN it is erased again THEN that goes", async () => {
  const { process, engine, topic, id, storage } = await withTwo(0);
  const dying = process((ports) => ({
    segments: { ...ports.segments, delete: () => Promise.reject(new Error("the process died")) },
  }));
  await expect(eraseInLog(dying, topic, id, { erasure })).rejects.toThrow("died");
  expect(placesOf(storage, SECRET)).not.toEqual([]);
  expect(bodies(await receive(process()))).toEqual(["beside"]);
  await eraseInLog(engine, topic, id, { erasure: { atMs: 8 } });
  expect(placesOf(storage, SECRET)).toEqual([]);
});

it("GIVEN a message WHEN it is found THEN what is to be done before is done before anything is taken out", async () => {
  const { engine, topic, id, storage } = await withTwo(10_240);
  const seen: number[] = [];
  const prepare = () => Promise.resolve(void seen.push(placesOf(storage, SECRET).length));
  expect(await eraseInLog(engine, topic, id, { erasure, prepare })).toMatchObject({ erased: erasure });
  expect(seen).toEqual([1]);
});

it("GIVEN an id of no message WHEN it is erased THEN there is none, and nothing is prepared", async () => {
  const { engine, topic } = await withTwo(10_240);
  const prepare = () => Promise.reject(new Error("not to be called"));
  for (const offset of [2, 900]) {
    const id = `orders.${topic.uid}.0.${offset}`;
    expect(await eraseInLog(engine, topic, id, { erasure, prepare })).toBeUndefined();
  }
});
