import { partitionsInUse } from "../../../lib/operations/log/partitions-in-use.js";
import { append } from "../../../lib/operations/log/append.js";
import { aDeployment, aText } from "../a-deployment.js";
import { aTopic } from "../an-append.js";

/** A topic whose partition 3 is in use, as one process knows it, and a way to use another. */
async function known() {
  const deployment = aDeployment();
  const topic = await aTopic(deployment);
  const [engine, publisher] = [deployment.process(), deployment.process()];
  const use = (partition: number) => append(publisher, topic, [aText("m")], () => partition);
  await use(3);
  expect(await partitionsInUse(engine, topic)).toEqual([3]);
  return { ...deployment, topic, engine, use };
}

describe("the partitions in use", () => {
  it("are remembered for a second", async () => {
    const { topic, engine, use, clock } = await known();
    await use(5);
    clock.advance(999);
    expect(await partitionsInUse(engine, topic)).toEqual([3]);
    clock.advance(1);
    expect(await partitionsInUse(engine, topic)).toEqual([3, 5]);
  });

  it("are read anew where that is asked for", async () => {
    const { topic, engine, use } = await known();
    await use(5);
    expect(await partitionsInUse(engine, topic, { anew: true })).toEqual([3, 5]);
    expect(await partitionsInUse(engine, topic)).toEqual([3, 5]);
  });
});
