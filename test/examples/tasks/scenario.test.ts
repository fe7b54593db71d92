import { SUBSCRIPTION, TOPIC } from "../../../examples/tasks/names.js";
import { runTasks } from "../../../examples/tasks/scenario.js";
import { anApiServer } from "../an-api-server.js";

jest.setTimeout(60_000);

it("GIVEN workers that come and go WHEN there are tasks THEN each is done, and none by two at once", async () => {
  const server = await anApiServer();
  try {
    await server.client.putTopic(TOPIC);
    await server.client.putSubscription(TOPIC, SUBSCRIPTION, { from: "earliest", ackDeadlineSeconds: 2 });
    const options = {
      tasks: 16,
      workers: 2,
      workMs: 300,
      leaseSeconds: 2,
      everyMs: 500,
      say: () => undefined,
    };
    const report = await runTasks(server.url, options);
    expect(report).toMatchObject({ tasks: 16, done: 16, together: 0 });
    expect(report.killed).toBeGreaterThan(0);
    expect(report.takenOver).toBe(report.orphaned);
  } finally {
    await server.close();
  }
});
