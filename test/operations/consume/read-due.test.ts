import { isTooLarge } from "../../../lib/operations/consume/read-due.js";
import { receiveWaiting } from "../../../lib/operations/consume/receive.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { aSpan } from "../../contract/builders.js";
import { retry } from "../a-consumer.js";
import { aLog, objectOf, slotIn } from "../a-log.js";

it.each([
  ["nothing was wanted", [], [], false],
  ["all of it is left", [aSpan(0, 3)], [aSpan(0, 3)], true],
  ["some of it was read", [aSpan(0, 3)], [aSpan(1, 3)], false],
])("GIVEN %s THEN what was wanted is too large or not", (_, wanted, left, expected) => {
  expect(isTooLarge(wanted, left)).toBe(expected);
});

it.each([0, 1, 2])(
  "GIVEN messages given back together WHEN the object of number %i cannot be read THEN its neighbours come at once",
  async (broken) => {
    // GIVEN
    const log = await aLog(["a"], ["b"], ["c"]);
    await putSubscription(log.engine, "orders", "audit", { from: "earliest" });
    const receiveBy = (engine: Engine) =>
      receiveWaiting(engine, "orders", "audit", { maxMessages: 10, waitSeconds: 0 });
    const other = log.process();
    await retry(other, await receiveBy(other));
    // WHEN
    log.failing.add(objectOf(slotIn(log, broken)));
    const handed = await receiveBy(log.engine);
    // THEN
    expect(handed.map(({ id }) => id)).toEqual(log.ids.filter((_, index) => index !== broken));
    log.failing.clear();
    expect(await receiveBy(log.engine)).toMatchObject([{ id: log.ids[broken], attempt: 2 }]);
  },
);
