import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { orTell } from "../../../lib/operations/clock/or-tell.js";
import { aDeployment } from "../a-deployment.js";

describe("a part of a sweep", () => {
  it("gives what it has found, and nothing is told", async () => {
    const { process, telemetry } = aDeployment();
    expect(await orTell(process(), { topic: "orders" }, () => Promise.resolve(7))).toBe(7);
    expect(telemetry.events).toEqual([]);
  });

  it("that fails ends nothing else, and is told of by name", async () => {
    const { process, telemetry } = aDeployment();
    const failing = () => Promise.reject(new StorageUnavailable("the test"));
    expect(await orTell(process(), { topic: "orders", round: "expired" }, failing)).toBeUndefined();
    expect(telemetry.events).toEqual([
      {
        name: "sweep-failed",
        level: "error",
        fields: { topic: "orders", round: "expired", error: expect.stringContaining("the test") as string },
      },
    ]);
  });
});
