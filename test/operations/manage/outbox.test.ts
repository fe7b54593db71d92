import { outboxMessageId } from "../../../lib/domain/outbox.js";
import { listRefused, listWaiting } from "../../../lib/operations/manage/outbox.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { relay } from "../../../lib/operations/relay/relay.js";
import { aDeployment } from "../a-deployment.js";
import { aService, shardsOf } from "../an-outbox.js";

const PAGE = { limit: 10 };

function anOutbox() {
  const deployment = aDeployment();
  const { storage, clock } = deployment;
  return { ...deployment, engine: deployment.process(), write: aService(storage, () => clock.nowMs()) };
}

it("GIVEN no topic WHEN its outbox is listed THEN its messages wait for one", async () => {
  const { engine, write, clock } = anOutbox();
  const ref = write("orders", "one", { key: "k", tag: "t", businessKey: "7" });
  expect(await listWaiting(engine, "orders", PAGE)).toEqual({
    items: [
      {
        id: outboxMessageId(ref),
        ...{ key: "k", tag: "t", businessKey: "7" },
        sizeBytes: expect.any(Number) as number,
        writtenAtMs: clock.nowMs(),
        waitsFor: "topic",
      },
    ],
  });
});

it.each([
  ["publish", "pause"],
  ["all", "pause"],
  ["delivery", "relay"],
  ["none", "relay"],
] as const)(
  "GIVEN a topic with %s paused WHEN its outbox is listed THEN it waits for the %s",
  async (paused, what) => {
    const { engine, write } = anOutbox();
    await putTopic(engine, "orders", { paused });
    write("orders", "one");
    expect((await listWaiting(engine, "orders", PAGE)).items.map(({ waitsFor }) => waitsFor)).toEqual([what]);
  },
);

it("GIVEN what only a newer release reads WHEN it is listed THEN it says so", async () => {
  const { process, write } = anOutbox();
  write("orders", "one");
  const engine = process((ports) => ({
    outbox: {
      ...ports.outbox,
      list: async (topic, page) => {
        const { items } = await ports.outbox.list(topic, page);
        return { items: items.map((one) => ({ ...one, content: undefined, isTooNew: true })) };
      },
    },
  }));
  const { items } = await listWaiting(engine, "orders", PAGE);
  expect(items.map(({ waitsFor }) => waitsFor)).toEqual(["newer-release"]);
});

it("GIVEN what its topic refused WHEN it is listed THEN it has the reason", async () => {
  const { engine, write, clock } = anOutbox();
  await putTopic(engine, "orders", { ordering: "key" });
  const ref = write("orders", "one", { tag: "t" });
  await relay(engine, shardsOf("orders"), { untilMs: clock.nowMs() + 1_000 });
  expect((await listWaiting(engine, "orders", PAGE)).items).toEqual([]);
  expect((await listRefused(engine, "orders", PAGE)).items).toEqual([
    expect.objectContaining({
      id: outboxMessageId(ref),
      tag: "t",
      why: 'key is required: the topic\'s ordering is "key"',
      refusedAtMs: clock.nowMs(),
    }),
  ]);
});
