import { CfnQueryDefinition } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { LOG_QUERIES } from "./saved-queries.js";
import type { Functions } from "./functions.js";

export interface LogQueriesProps {
  readonly queueName: string;
  readonly functions: Functions;
}

/** Saves the queries of docs/log-queries.md in CloudWatch Logs Insights, over the logs of all functions of a queue. */
export class LogQueries extends Construct {
  constructor(scope: Construct, id: string, { queueName, functions }: LogQueriesProps) {
    super(scope, id);
    const { api, receive, dispatcher, pump, clock, relay, provision } = functions;
    const logGroupNames = [api, receive, dispatcher, pump, clock, relay, provision].flatMap((one) =>
      one ? [one.function.logGroup.logGroupName] : [],
    );
    for (const [index, { name, lines }] of LOG_QUERIES.entries())
      new CfnQueryDefinition(this, `Query${index}`, {
        // A slash makes a folder.
        name: `Sluice/${queueName}/${name}`,
        queryString: lines.join("\n"),
        logGroupNames,
      });
  }
}
