import { MemoryTelemetry } from "../../../lib/adapters/memory/telemetry.js";
import { InvalidRequest, StorageUnavailable } from "../../../lib/domain/errors.js";
import type { Reader } from "../../../lib/domain/reader.js";
import { whyNotRead } from "../../../lib/operations/manage/why-not-read.js";

const READER = { topic: { name: "orders" }, subscription: { name: "audit" } } as Reader;

it("tells why, with words of the caller's and the cause in the log", () => {
  const telemetry = new MemoryTelemetry();
  const error = new StorageUnavailable("reading", { cause: new Error("inner") });
  expect(whyNotRead({ telemetry }, READER, error)).toBe(error.message);
  const fields = { what: "trace", topic: "orders", subscription: "audit" };
  expect(telemetry.events).toMatchObject([{ name: "trouble", level: "warn", fields }]);
});

it("throws what the store does not answer for by refusal", () => {
  const refused = new InvalidRequest([]);
  expect(() => whyNotRead({ telemetry: new MemoryTelemetry() }, READER, refused)).toThrow(refused);
});
