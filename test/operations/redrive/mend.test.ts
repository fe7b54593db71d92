import { SUBSCRIPTION_DEFAULTS } from "../../../lib/domain/subscription.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { listDeadLetters, readDeadLetter } from "../../../lib/operations/manage/dead-letters.js";
import type { Mend } from "../../../lib/operations/redrive/mend.js";
import { redrive } from "../../../lib/operations/manage/redrive.js";
import { bodies, receive, settleAs, withAudit } from "../a-consumer.js";
import { allAgain } from "./all-again.js";
import { aText, publishTexts } from "../a-deployment.js";

const DYING = { retry: { ...SUBSCRIPTION_DEFAULTS.retry, maxAttempts: 1 } };

/** A topic of one partition, whose messages all died. */
async function withDead(...texts: readonly string[]) {
  const audit = await withAudit({ topic: { partitions: 1 }, subscription: DYING });
  await publishTexts(audit.engine, "orders", ...texts.map((text) => aText(text)));
  await fail(audit);
  const ids = await idsOf(audit.engine);
  expect(ids).toHaveLength(texts.length);
  return { ...audit, ids };
}

/** Hands out all that waits, fails it, and lets it die. */
async function fail({ engine, clock }: Pick<Awaited<ReturnType<typeof withAudit>>, "engine" | "clock">) {
  const handed = await receive(engine, 100);
  await settleAs(engine, handed, { outcome: "retry", delaySeconds: 1, error: "no" });
  clock.advance(5_000);
  expect(await receive(engine, 100)).toEqual([]);
}
const idsOf = async (engine: Engine) =>
  (await listDeadLetters(engine, "orders", "audit", {}, { limit: 100 })).items.map(({ id }) => id);
const text = (body: string): Mend => ({ body: { body, contentType: "text/plain" } });
const mend = (engine: Engine, id = "", how: Mend = text("mended")) =>
  redrive(engine, "orders", "audit", { kind: "mended", id, mend: how });

describe("a dead letter that is mended", () => {
  it("comes with its new body, beside others that come as they were", async () => {
    const { engine, ids } = await withDead("a", "b", "c");
    expect(await mend(engine, ids[1])).toEqual({ moved: 1, refused: [] });
    await allAgain(engine);
    expect(bodies(await receive(engine, 10)).sort()).toEqual(["a", "c", "mended"]);
  });

  it("keeps its content while it waits for another attempt", async () => {
    const { engine, ids } = await withDead("a");
    await mend(engine, ids[0]);
    await settleAs(engine, await receive(engine, 1), { outcome: "extend", ackDeadlineSeconds: 0 });
    expect(bodies(await receive(engine, 1))).toEqual(["mended"]);
  });

  it("is a dead letter with its new content once it fails again, and comes with that the next time", async () => {
    const audit = await withDead("a");
    const { engine, ids } = audit;
    await mend(engine, ids[0]);
    await fail(audit);
    const letter = await readDeadLetter(engine, "orders", "audit", ids[0] ?? "");
    expect(letter).toMatchObject({ isMended: true, message: { body: "mended" } });
    await allAgain(engine);
    expect(bodies(await receive(engine, 1))).toEqual(["mended"]);
  });

  it("is refused, and no other, where what it was cannot be read any more", async () => {
    const audit = await withDead("a", "b");
    const { engine, storage, ids } = audit;
    await mend(engine, ids[0]);
    await fail(audit);
    for (const { letters } of storage.progress.values()) {
      const letter = letters.get(ids[0] ?? "");
      if (letter) letters.set(letter.id, { ...letter, copy: { ...letter.copy, checksum: "x" } });
    }
    const done = await allAgain(engine);
    expect(done).toMatchObject({ moved: 1, refused: [{ id: ids[0], error: { code: "invalid-request" } }] });
    expect(bodies(await receive(engine, 10))).toEqual(["b"]);
    expect(await idsOf(engine)).toEqual([ids[0]]);
  });
});
