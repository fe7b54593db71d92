import { waitingCursor } from "../../../lib/domain/open-message.js";
import { listOpenMessages } from "../../../lib/operations/manage/open-messages.js";
import { publishTogether, receive, withAudit } from "../a-consumer.js";

it("GIVEN a message that waits and one that is leased WHEN a state is asked for THEN it is that one", async () => {
  const { engine } = await withAudit();
  const ids = await publishTogether(engine, "a", "b");
  await receive(engine, 1);
  const idsOf = async (state: "waiting" | "leased" | "retrying") =>
    (await listOpenMessages(engine, "orders", "audit", state, { limit: 10 })).items.map(({ id }) => id);
  expect([await idsOf("leased"), await idsOf("waiting"), await idsOf("retrying")]).toEqual([
    [ids[0]],
    [ids[1]],
    [],
  ]);
});

it("GIVEN the cursor of another list, or no such subscription WHEN it is asked for THEN it is refused", async () => {
  const { engine } = await withAudit();
  const cursor = waitingCursor({ partition: 0, head: 1, slotBase: 1 });
  await expect(
    listOpenMessages(engine, "orders", "audit", "leased", { limit: 10, cursor }),
  ).rejects.toMatchObject({ code: "invalid-request" });
  await expect(listOpenMessages(engine, "orders", "none", "waiting", { limit: 10 })).rejects.toMatchObject({
    code: "subscription-not-found",
  });
});
