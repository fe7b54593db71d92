import { SCHEDULED_LIMIT_BYTES } from "../../../lib/domain/schedule.js";
import { contentCopy, scheduledContent } from "../../../lib/operations/schedule/scheduled-content.js";
import { aSchedule } from "../../contract/builders.js";
import { content, withSchedules } from "./with-schedules.js";

const TOPIC = { name: "orders", uid: "t" };

it("GIVEN a message WHEN it is copied and read THEN it is the same, to the last byte", async () => {
  const { engine } = await withSchedules();
  for (const one of [
    content('{"n": 1.50}', {
      contentType: "application/json",
      attributes: { a: 1, b: true },
      expiresInSeconds: 5,
    }),
    { body: Uint8Array.from([0, 255, 10]), contentType: "application/octet-stream", key: "k" },
  ]) {
    const schedule = aSchedule(TOPIC, { copy: await contentCopy(one) });
    expect(await scheduledContent(engine, schedule)).toEqual(one);
  }
});

it("GIVEN a message at the limit WHEN it is copied THEN it stays in its item; above it is refused", async () => {
  const noise = Array.from({ length: SCHEDULED_LIMIT_BYTES }, (_, at) =>
    Math.floor(Math.abs(Math.sin(at)) * 256),
  );
  const bytes = (length: number) => ({ body: Uint8Array.from(noise.slice(0, length)), contentType: "a/b" });
  const copy = await contentCopy(bytes(SCHEDULED_LIMIT_BYTES - 3));
  expect(copy.content.kind).toBe("inline");
  await expect(contentCopy(bytes(SCHEDULED_LIMIT_BYTES))).rejects.toMatchObject({
    code: "message-too-large",
  });
});

it("GIVEN a copy that is damaged WHEN it is read THEN that can be tried again once it is replaced", async () => {
  const { engine } = await withSchedules();
  const copy = { ...(await contentCopy(content("a"))), checksum: "other" };
  await expect(scheduledContent(engine, aSchedule(TOPIC, { copy }))).rejects.toThrow("checksum-mismatch");
});
