import { segmentKey } from "../../../lib/domain/segment-key.js";
import { deleteNamed } from "../../../lib/operations/erase/objects.js";
import { aDeployment } from "../a-deployment.js";

it("deletes the object of that name in whatever class it is, and no other", async () => {
  const { process, storage } = aDeployment();
  const topic = { name: "orders", uid: "u-1" };
  const [one, other] = [segmentKey(21, topic, "n-1"), segmentKey(21, topic, "n-12")];
  for (const key of [one, other]) storage.segments.set(key, new Uint8Array(1));
  await deleteNamed(process(), topic, "n-1");
  expect([...storage.segments.keys()]).toEqual([other]);
  await deleteNamed(process(), topic, "n-1");
});
