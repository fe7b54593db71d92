import { tellExpired } from "../../../lib/operations/log/tell-expired.js";
import { aSubscription, aTopic } from "../../contract/builders.js";
import { aDeployment } from "../a-deployment.js";

const reader = { topic: aTopic({ name: "orders" }), subscription: aSubscription({ name: "audit" }) };

it("tells whose messages expired, where and how many, and nothing where none did", () => {
  const { process, telemetry } = aDeployment();
  const engine = process();
  for (const messages of [undefined, 0, 7]) tellExpired(engine, reader, 3, messages);
  const fields = { topic: "orders", subscription: "audit", partition: 3, messages: 7 };
  expect(telemetry.events).toEqual([
    expect.objectContaining({ name: "messages-expired", level: "warn", fields }),
  ]);
});
