import { MemoryTelemetry } from "../../../lib/adapters/memory/telemetry.js";
import type { Doorbell } from "../../../lib/domain/pump-start.js";
import { tellRung } from "../../../lib/operations/push/tell-rung.js";

const rung = (name: string, count?: number): Doorbell => ({
  topic: { name, uid: `${name}-1` },
  partition: 0,
  ...(count === undefined ? {} : { slot: { count, header: { kind: "none" } } }),
});

const told = (doorbells: readonly Doorbell[], failed: readonly Doorbell[] = []) => {
  const telemetry = new MemoryTelemetry();
  const messages = tellRung({ telemetry }, doorbells, failed);
  return { messages, events: telemetry.events.map(({ name, fields }) => ({ name, ...fields })) };
};

it("GIVEN doorbells of two topics WHEN they have rung THEN each is told of once, with its messages", () => {
  expect(told([rung("orders", 3), rung("carts", 1), rung("orders", 4)])).toEqual({
    messages: 8,
    events: [
      { name: "topic-rang", topic: "orders", messages: 7 },
      { name: "topic-rang", topic: "carts", messages: 1 },
    ],
  });
});

it("GIVEN one that failed WHEN the stream rings all from there on again THEN none is counted twice", () => {
  const doorbells = [rung("orders", 3), rung("carts", 1), rung("orders", 4)];
  const first = told(doorbells, doorbells.slice(1, 2));
  const again = told(doorbells.slice(1));
  expect([first.messages, again.messages]).toEqual([3, 5]);
});

it("GIVEN a record that does not show its slot WHEN it has rung THEN it counts as nothing", () => {
  expect(told([rung("orders")])).toEqual({
    messages: 0,
    events: [{ name: "topic-rang", topic: "orders", messages: 0 }],
  });
});
