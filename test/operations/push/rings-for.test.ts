import type { MessageContent } from "../../../lib/domain/message.js";
import type { Doorbell } from "../../../lib/domain/pump-start.js";
import { encodeHeader } from "../../../lib/domain/slot-header.js";
import { dispatch } from "../../../lib/operations/push/dispatch.js";
import { ringsFor } from "../../../lib/operations/push/rings-for.js";
import { changeSubscription, putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { aSubscription, aTopic } from "../../contract/builders.js";
import { aDeployment, aText } from "../a-deployment.js";
import { aPush, running } from "../a-push.js";
import { WANTED, publishTags } from "../a-filter.js";

const topic = aTopic();
const subscriptionTo = (filter?: string) =>
  aSubscription({ topic, ...(filter === undefined ? {} : { filter }) });
const bellOf = (messages: readonly Partial<MessageContent>[], limitBytes = Infinity): Doorbell => {
  const header = encodeHeader(
    messages.map((fields) => aText("", fields)),
    limitBytes,
  );
  return { topic, partition: 0, slot: { header, count: messages.length } };
};
const rung = (bells: readonly Doorbell[], filters: readonly (string | undefined)[]) => {
  const { process, telemetry } = aDeployment();
  const subscriptions = filters.map(subscriptionTo);
  const isRung = ringsFor(process(), bells, subscriptions);
  return { wants: subscriptions.map(isRung), told: telemetry.events.map(({ name }) => name) };
};

it("rings for what may match, and for who has no filter", () => {
  const bells = [bellOf([{ tag: "b" }]), bellOf([{ tag: "c" }, { tag: "a" }])];
  expect(
    rung(bells, [undefined, WANTED, '{"tag":["x"]}', '{"body":[1]}', '{"tag":["x"],"body":[1]}']).wants,
  ).toEqual([true, true, false, true, false]);
});

it.each<[string, Doorbell]>([
  ["has no header", { topic, partition: 0 }],
  ["has fields that did not fit", bellOf([{ tag: "b" }], 5)],
])("rings for all where a slot %s", (_, bell) => {
  expect(rung([bellOf([{ tag: "b" }]), bell], [WANTED]).wants).toEqual([true]);
});

it("rings for all of a topic with too many filters to be read each time, and says so", () => {
  const long = `{"tag":["${"x".repeat(4_000)}"]}`;
  expect(rung([bellOf([{ tag: "b" }])], Array(16).fill(long)).wants).toEqual(Array(16).fill(false));
  const { wants, told } = rung([bellOf([{ tag: "b" }])], Array(17).fill(long));
  expect(wants).toEqual(Array(17).fill(true));
  expect(told).toEqual(["doorbell-for-all"]);
});

it("rings for all where there is too much to judge", () => {
  const bells = Array.from({ length: 11 }, () => bellOf(Array.from({ length: 1_000 }, () => ({ tag: "b" }))));
  expect(rung(bells, Array(10).fill(WANTED)).wants).toEqual(Array(10).fill(true));
});

it("GIVEN ten subscriptions with disjoint filters WHEN a message comes THEN one pump is started", async () => {
  const push = await aPush({ filter: '{"tag":["0"]}' }, { partitions: 1 });
  const target = push.subscription.target;
  for (let tag = 1; tag < 10; tag++)
    await putSubscription(push.engine, "orders", `ship-${tag}`, { target, filter: `{"tag":["${tag}"]}` });
  const bells: Doorbell[] = [];
  push.storage.onAppend((bell) => bells.push(bell));
  await publishTags(push.engine, "7");
  await dispatch(push.process(), bells);
  expect(push.starter.startedPumps.map(({ subscription }) => subscription.name)).toEqual(["ship-7"]);
});

it("GIVEN a dispatcher that knows a filter WHEN it changes THEN the next doorbell obeys the new one", async () => {
  const push = await aPush({ filter: WANTED }, { partitions: 1 });
  const platform = running(push);
  await publishTags(push.engine, "b");
  await push.clock.advance(1_000);
  await changeSubscription(push.engine, "orders", "ship", { filter: '{"tag":["b"]}' });
  await push.clock.advance(20_000);
  await publishTags(push.engine, "b");
  await push.clock.advance(1_000);
  platform.stop();
  expect(push.done).toEqual(["b0", "b0"]);
});
