import { Placing } from "../../../lib/operations/log/placing.js";
import { aDeployment, aText } from "../a-deployment.js";
import { aTopic, appendTo } from "../an-append.js";

const MINUTE_MS = 60_000;
const made = async () => {
  const deployment = aDeployment();
  const topic = await aTopic(deployment);
  const engine = deployment.process();
  const placing = (choose = (_losses: number) => 0) =>
    Placing.of(engine, topic, [aText("a"), aText("b")], choose);
  return { deployment, topic, engine, placing };
};

it("is placed behind the tail, at the next offset, and stays the same slot", async () => {
  const { engine, topic, placing } = await made();
  const { slot } = await appendTo(engine, topic, "x", "y", "z");
  const one = await placing();
  const [placed, again] = [await one.place(false), await one.place(true)];
  expect(placed).toMatchObject({ slot: { base: slot.base + 3, count: 2 }, anchorVersion: undefined });
  expect(again?.slot).toEqual(placed?.slot);
});

it("needs the anchor where the tail is old, or there is none", async () => {
  const { deployment, engine, topic, placing } = await made();
  expect(await (await placing()).place(false)).toMatchObject({ anchorVersion: 0 });
  await appendTo(engine, topic, "x");
  deployment.clock.advance(6 * MINUTE_MS);
  expect((await (await placing()).place(false))?.anchorVersion).toBeGreaterThan(0);
});

it("goes behind the winner of its place, and hops once its choice is another partition", async () => {
  const { engine, topic, placing } = await made();
  await appendTo(engine, topic, "x");
  const one = await placing((losses) => (losses > 1 ? 1 : 0));
  const first = await one.place(false);
  const winner = { ...(first?.slot as NonNullable<typeof first>["slot"]), count: 7 };
  one.beaten({ kind: "lost", winner });
  expect(one).toMatchObject({ losses: 1, hasHopped: false });
  expect((await one.place(false))?.slot.base).toBe(winner.base + 7);
  one.beaten({ kind: "lost", winner });
  expect(one).toMatchObject({ losses: 2, hasHopped: true });
  expect((await one.place(true))?.partition.partition).toBe(1);
});
