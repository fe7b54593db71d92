import type { Beside } from "../../../lib/domain/beside.js";
import { appendBeside } from "../../../lib/operations/log/append.js";
import { aDeployment, aText } from "../a-deployment.js";
import { aTopic, appendTo, stored } from "../an-append.js";
import { recording } from "../ports-around.js";

const claim: Beside = { kind: "claim", name: "order-1", value: "first" };

describe("an append with a record beside it", () => {
  it("stores both, and once that record is there nothing, however it races", async () => {
    // GIVEN
    const deployment = aDeployment();
    const topic = await aTopic(deployment);
    const process = deployment.process();
    const write = (value: string) =>
      appendBeside(process, topic, [aText(value)], () => 0, [{ kind: "claim", name: "other", value }, claim]);
    // WHEN
    const first = await appendBeside(process, topic, [aText("a")], () => 0, [claim]);
    const second = await write("b");
    // THEN
    expect(first).toMatchObject({ kind: "appended", partition: 0, losses: 0 });
    expect(second).toEqual({ kind: "refused", refusals: [{ index: 1, value: "first" }] });
    expect(stored(deployment)).toHaveLength(1);
    expect([...deployment.storage.records.keys()]).toEqual(["order-1"]);
  });

  it("goes on after a lost race as any append does", async () => {
    // GIVEN a process that knows a tail which others have moved on from
    const deployment = aDeployment();
    const topic = await aTopic(deployment);
    const calls: string[] = [];
    const process = deployment.process(recording(calls));
    await appendTo(process, topic, "a");
    await appendTo(deployment.process(), topic, "b");
    calls.length = 0;
    // WHEN
    const outcome = await appendBeside(process, topic, [aText("c")], () => 0, [claim]);
    // THEN
    expect(outcome).toMatchObject({ kind: "appended", losses: 1 });
    expect(calls).toEqual(["log.append", "log.append"]);
    expect(deployment.storage.records.get("order-1")).toMatchObject({ value: "first", version: 1 });
  });
});
