import { SCHEDULED_LIMIT_BYTES } from "../../../lib/domain/schedule.js";
import { keptSettings, settingsKept } from "../../../lib/operations/schedule/kept-settings.js";
import { content, schedule, withSchedules } from "./with-schedules.js";

const settings = {
  ...{ cron: "30 2 * * *", timeZone: "Europe/Berlin", paused: true, description: "of the night" },
};
/** Bytes that do not compress. */
const noise = Uint8Array.from(
  { length: SCHEDULED_LIMIT_BYTES - 100 },
  (_, at) => (at * at * 31 + at * 7) % 251,
);

it.each([
  ["text", content("\u0000\u0001 tick", { key: "k", attributes: { a: 1.5 }, expiresInSeconds: 5 })],
  ["bytes", { body: noise, contentType: "application/octet-stream" }],
])(
  "GIVEN a message of %s WHEN its settings are kept THEN they come back as they were",
  async (_, message) => {
    const { engine } = await withSchedules();
    await schedule(engine, "tick", { ...settings, message });
    const topic = await engine.topics.get("orders");
    const there = topic && (await engine.schedules.get(topic, "tick"));
    if (!there) throw new Error("it was made");
    const text = keptSettings(there);
    expect(await settingsKept(engine, "tick", text)).toEqual({ ...settings, message });
    // Four of them fit into an item beside the schedule itself.
    expect(text.length).toBeLessThan(1.5 * SCHEDULED_LIMIT_BYTES);
  },
);

it("GIVEN settings that were damaged WHEN they are asked for THEN that is said", async () => {
  const { engine } = await withSchedules();
  await schedule(engine, "tick");
  const topic = await engine.topics.get("orders");
  const there = topic && (await engine.schedules.get(topic, "tick"));
  if (!there) throw new Error("it was made");
  const text = keptSettings({ ...there, copy: { ...there.copy, checksum: "damaged" } });
  await expect(settingsKept(engine, "tick", text)).rejects.toMatchObject({ code: "storage-unavailable" });
});
