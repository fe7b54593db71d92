import { refusedNamed } from "../../../lib/operations/log/refused-named.js";
import { aDeployment } from "../a-deployment.js";
import { aService } from "../an-outbox.js";

it("GIVEN more refused messages than a page WHEN one is looked for THEN it is found within so many pages", async () => {
  const { process, storage, clock } = aDeployment();
  const engine = process();
  const write = aService(storage, () => clock.nowMs());
  const refs = Array.from({ length: 201 }, (_, index) => write("orders", `${index}`));
  for (const ref of refs) {
    clock.advance(1);
    await engine.outbox.refuse(ref, "it is wrong", clock.nowMs());
  }
  const name = refs.at(-1)?.name ?? "";
  expect(await refusedNamed(engine, "orders", name, 3)).toMatchObject({ name, why: "it is wrong" });
  expect(await refusedNamed(engine, "orders", name, 2)).toBeUndefined();
  expect(await refusedNamed(engine, "orders", refs[0]?.name ?? "", 1)).toMatchObject({ name: refs[0]?.name });
  expect(await refusedNamed(engine, "orders", "another", 9)).toBeUndefined();
  expect(await refusedNamed(engine, "carts", name, 9)).toBeUndefined();
});
