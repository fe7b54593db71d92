import { findSubscription } from "../../../lib/operations/lookup.js";
import { tellLeftOut } from "../../../lib/operations/log/tell-left-out.js";
import { withAudit } from "../a-consumer.js";

it("tells what was left out at once, and then once a minute, and counts all of it", async () => {
  const { engine, clock, telemetry } = await withAudit();
  const reader = await findSubscription(engine, "orders", "audit");
  const told = () =>
    telemetry.events
      .filter(({ name }) => name === "messages-left-out")
      .map(({ fields }) => fields["messages"]);
  tellLeftOut(engine, reader, 0);
  expect(told()).toEqual([]);
  for (let second = 0; second < 61; second++) {
    tellLeftOut(engine, reader, 2);
    clock.advance(1_000);
  }
  expect(told()).toEqual([2, 120]);
});
