import { LOG_QUERIES } from "../../cdk/saved-queries.js";
import { aSluice } from "./a-sluice.js";

it("GIVEN a queue WHEN its log queries are added THEN each is saved over the logs of all its functions", () => {
  const { queue, template } = aSluice();
  queue.addLogQueries();
  const made = Object.values(template().findResources("AWS::Logs::QueryDefinition"));
  const properties = made.map(({ Properties }) => Properties as Readonly<Record<string, unknown>>);
  expect(properties.map(({ Name }) => Name)).toEqual(
    LOG_QUERIES.map(({ name }) => `Sluice/${queue.queueName}/${name}`),
  );
  expect(properties.map(({ QueryString }) => QueryString)).toEqual(
    LOG_QUERIES.map(({ lines }) => lines.join("\n")),
  );
  for (const { LogGroupNames } of properties) expect(LogGroupNames).toHaveLength(7);
});
