import { run as runClock } from "../../lambdas/clock.js";
import { run as runPump } from "../../lambdas/pump.js";
import { publish } from "../../lib/operations/publish/publish.js";
import { putSubscription } from "../../lib/operations/manage/subscriptions.js";
import { putTopic } from "../../lib/operations/manage/topics.js";
import { memoryClock } from "../../lib/adapters/memory/clock.js";
import { driven } from "../operations/ports-around.js";
import { anEngine } from "./an-engine.js";

const functionArn = "arn:aws:lambda:us-east-1:111122223333:function:ship-it";
const aMinute = { getRemainingTimeInMillis: () => 60_000 };
const aMessage = { body: "{}", contentType: "application/json", attributes: {} };

it("sweeps, and starts the pump of what a doorbell never rang for; the pump delivers", async () => {
  // GIVEN
  const clock = memoryClock(1_790_000_000_000);
  const { engine, subscriber, started, telemetry } = anEngine(() => ({ clock }));
  await putTopic(engine, "orders", {});
  await putSubscription(engine, "orders", "logistics", { target: { type: "lambda", functionArn } });
  await publish(engine, "orders", [aMessage]);
  const delivered: number[] = [];
  subscriber.handlers.set("logistics", async (messages) => {
    await Promise.resolve();
    delivered.push(messages.length);
    return { kind: "answered", failedIds: new Set() };
  });
  // WHEN
  await driven(clock, runClock(engine, {}, aMinute));
  for (const ref of started) await driven(clock, runPump(engine, JSON.parse(JSON.stringify(ref)), aMinute));
  // THEN
  expect(delivered).toEqual([1]);
  const names = telemetry.events.map(({ name }) => name);
  expect(names.filter((name) => name === "ticked" || name === "pumped")).toEqual(["ticked", "pumped"]);
});

it("turns down an event that names no pump", async () => {
  const { engine } = anEngine();
  await expect(runPump(engine, { subscription: "logistics" }, aMinute)).rejects.toThrow("subscription");
});
