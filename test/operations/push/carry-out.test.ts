import type { Cursor } from "../../../lib/domain/progress/records.js";
import { cursorIn } from "../../../lib/operations/consume/known-cursors.js";
import { carryOut } from "../../../lib/operations/push/carry-out.js";
import { anOwner } from "../an-owner.js";
import { portsAround } from "../ports-around.js";

/** The first partition's cursor, and the write that moves its head to `head`. */
async function anOwnersWrite(head: number, replace?: Parameters<typeof anOwner>[0]) {
  const owner = await anOwner(replace);
  const before = cursorIn(owner.reader.subscription, 0, undefined);
  const next: Cursor = { ...before, head, slotBase: 0, version: before.version + 1 };
  const write = { move: { cursor: { partition: 0, next } }, next };
  return { ...owner, before, write };
}

describe("the write of an owner", () => {
  it("is committed, and is found committed when it is tried again", async () => {
    const { context, before, write, cursor } = await anOwnersWrite(3);
    for (let time = 0; time < 2; time++) expect(await carryOut(context, 0, before, write)).toBe("committed");
    expect(cursor()).toMatchObject({ head: 3, version: 1 });
  });

  it("is lost once another owner has moved the head elsewhere", async () => {
    const { context, before, write } = await anOwnersWrite(3);
    const other = { ...write.next, head: 5 };
    await carryOut(context, 0, before, { move: { cursor: { partition: 0, next: other } }, next: other });
    expect(await carryOut(context, 0, before, write)).toBe("lost");
  });

  it("may be tried again if it was refused, and nobody has moved the head", async () => {
    const { context, before, write } = await anOwnersWrite(3, {
      replace: (ports) =>
        portsAround(ports, ({ name }, call) =>
          name === "progress.move" ? Promise.resolve("conflict") : call(),
        ),
    });
    await expect(carryOut(context, 0, before, write)).rejects.toMatchObject({ code: "conflict" });
  });
});
