import { putOutboxItem } from "../../lib/adapters/memory/outbox-store.js";
import { relay } from "../../lib/operations/relay/relay.js";
import { aService, shardsOf } from "../operations/an-outbox.js";
import { ORDERS, START_MS, anApi, anApiWithTopic } from "./an-api.js";

const OUTBOX = `${ORDERS}/outbox`;

it("GIVEN messages that wait WHEN the outbox is listed THEN each says what for, page by page", async () => {
  const api = anApi();
  const write = aService(api.storage, () => api.clock.nowMs());
  for (let number = 0; number < 3; number++) write("orders", `m${number}`, { key: "k" });
  const first = (await api.send("GET", `${OUTBOX}?limit=2`)).body as { items: object[]; nextCursor: string };
  const second = (await api.send("GET", `${OUTBOX}?limit=2&cursor=${first.nextCursor}`)).body;
  expect(first.items).toHaveLength(2);
  expect(second).toEqual({
    items: [
      {
        id: expect.stringMatching(/^orders\.[0-9a-z]{9}-/) as string,
        state: "waiting",
        waitsFor: "topic",
        key: "k",
        sizeBytes: expect.any(Number) as number,
        writtenAt: new Date(START_MS).toISOString(),
      },
    ],
  });
});

it("GIVEN what its topic refused WHEN it is asked for THEN it has the reason, and until when it is kept", async () => {
  const api = anApi();
  const { engine, storage, clock } = api;
  await api.send("PUT", ORDERS, { ordering: "key" });
  aService(storage, () => clock.nowMs())("orders", "one");
  await relay(engine, shardsOf("orders"), { untilMs: clock.nowMs() + 1_000 });
  expect((await api.send("GET", OUTBOX)).body).toEqual({ items: [] });
  expect((await api.send("GET", `${OUTBOX}?state=refused`)).body).toMatchObject({
    items: [
      {
        state: "refused",
        why: 'key is required: the topic\'s ordering is "key"',
        refusedAt: new Date(START_MS).toISOString(),
        expiresAt: new Date(START_MS + 14 * 86_400_000).toISOString(),
      },
    ],
  });
});

it("GIVEN what nobody can read WHEN the outbox is listed THEN it is there all the same", async () => {
  const api = anApi();
  putOutboxItem(api.storage, { pk: "orders#0", sk: "what is this" });
  const { status, body } = await api.send("GET", OUTBOX);
  expect([status, body]).toMatchObject([200, { items: [{ id: "orders.what is this", state: "waiting" }] }]);
});

it.each([
  ["state=gone", "query.state"],
  ["limit=0", "query.limit"],
  ["cursor=x", "query.cursor"],
])("GIVEN %s WHEN the outbox is listed THEN it is refused with its place", async (query, path) => {
  const api = await anApiWithTopic();
  const { code, errors } = await api.problem("GET", `${OUTBOX}?${query}`);
  expect([code, errors?.map((one) => one.path)]).toEqual(["invalid-request", [path]]);
});
