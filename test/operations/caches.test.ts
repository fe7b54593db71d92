import { REMEMBERED_AT_MOST, Recent } from "../../lib/operations/caches.js";
import { findTopic } from "../../lib/operations/lookup.js";
import { putTopic } from "../../lib/operations/manage/topics.js";
import { aDeployment } from "./a-deployment.js";
import { recording } from "./ports-around.js";

describe("what was used last", () => {
  it("is kept, and what was used longest ago is forgotten", () => {
    // GIVEN
    const recent = new Recent<number>(2);
    recent.set("a", 1);
    recent.set("b", 2);
    recent.get("a");
    // WHEN
    recent.set("c", 3);
    // THEN
    expect(["a", "b", "c"].map((key) => recent.get(key))).toEqual([1, undefined, 3]);
  });

  it("is replaced, and deleted, by its key", () => {
    const recent = new Recent<number>(2);
    recent.set("a", 1);
    recent.set("b", 2);
    recent.set("a", 3);
    recent.delete("b");
    expect(["a", "b"].map((key) => recent.get(key))).toEqual([3, undefined]);
  });
});

it("a process that has seen many topics come and go remembers a bounded number, and finds all", async () => {
  // GIVEN
  const deployment = aDeployment();
  const calls: string[] = [];
  const engine = deployment.process(recording(calls));
  for (let topic = 0; topic <= REMEMBERED_AT_MOST; topic++) await putTopic(engine, `t${topic}`, {});
  for (let topic = 0; topic <= REMEMBERED_AT_MOST; topic++) await findTopic(engine, `t${topic}`);
  calls.length = 0;
  // WHEN
  const found = [await findTopic(engine, `t${REMEMBERED_AT_MOST}`), await findTopic(engine, "t0")];
  // THEN
  expect(found.map(({ name }) => name)).toEqual([`t${REMEMBERED_AT_MOST}`, "t0"]);
  expect(calls).toEqual(["topics.get"]);
});
