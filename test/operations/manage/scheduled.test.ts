import { cancelMessage, listScheduled } from "../../../lib/operations/manage/scheduled.js";
import { aText, publishTexts } from "../a-deployment.js";
import { bodies, receive } from "../a-consumer.js";
import { clockRuns, delay, withDelays } from "../delay/with-delayed.js";

it("GIVEN delayed messages WHEN they are listed THEN they come by time, page by page", async () => {
  const { engine, clock } = await withDelays();
  const nowMs = clock.nowMs();
  const at = (seconds: number) => nowMs + seconds * 1_000;
  const [late, soon, mid] = await delay(
    engine,
    ["late", at(300), { key: "k", tag: "t" }],
    ["soon", at(100)],
    ["mid", at(200), { businessKey: "b", expiresAtMs: at(400) }],
  );
  const first = await listScheduled(engine, "orders", { limit: 2 });
  const rest = await listScheduled(engine, "orders", { limit: 2, cursor: first.nextCursor ?? "" });
  expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual([soon, mid, late]);
  expect(rest.nextCursor).toBeUndefined();
  expect(first.items[1]).toEqual({
    ...{ id: mid, dueMs: at(200), scheduledAtMs: nowMs, contentType: "text/plain", bodyBytes: 3 },
    ...{ businessKey: "b", expiresAtMs: at(400) },
  });
  expect(rest.items[0]).toMatchObject({ key: "k", tag: "t" });
  await expect(listScheduled(engine, "none", { limit: 2 })).rejects.toMatchObject({
    code: "topic-not-found",
  });
});

it("GIVEN a delayed message WHEN it is cancelled, and again, THEN both say so, and it is never published", async () => {
  const { engine, clock, clockProcess } = await withDelays();
  const [id = ""] = await delay(engine, ["a", clock.nowMs() + 100_000], ["b", clock.nowMs() + 5_000]);
  await cancelMessage(engine, id);
  await cancelMessage(clockProcess, id);
  clock.advance(100_000);
  await clockRuns(clockProcess);
  expect(bodies(await receive(engine))).toEqual(["b"]);
});

it("GIVEN a message that is published WHEN it is cancelled THEN that is refused, by either kind of id", async () => {
  const { engine, clock, clockProcess } = await withDelays();
  const [delayed = ""] = await delay(engine, ["a", clock.nowMs() + 5_000]);
  const [plain = ""] = await publishTexts(engine, "orders", aText("b"));
  await clockRuns(clockProcess);
  for (const id of [delayed, plain])
    await expect(cancelMessage(engine, id)).rejects.toMatchObject({ code: "already-published" });
});

it.each([
  ["nonsense", "message-not-found"],
  ["none.0mfg3k2x1-0123456789abcdefghij", "topic-not-found"],
  ["orders.0mfg3k2x1-0123456789abcdefghij", "message-not-found"],
])("GIVEN the id %j WHEN it is cancelled THEN the answer is %s", async (id, code) => {
  const { engine } = await withDelays();
  await expect(cancelMessage(engine, id)).rejects.toMatchObject({ code });
});
