import { Token } from "aws-cdk-lib";
import type { IConstruct } from "constructs";
import { Checks } from "./check.js";

/** Whatever begins like this is Sluice's own. */
const OWN = "SLUICE_";
/** Lambda refuses these: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
const RESERVED = [
  ...["_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV"],
  ...["AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION"],
  ...["AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"],
  ...["AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"],
  ...["AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR"],
];
const NAME = /^[A-Za-z][A-Za-z0-9_]+$/;

/** @throws {Error} for a variable that Sluice or Lambda sets itself, or that is not one. */
export function checkEnvironment(
  queue: IConstruct,
  environment: Readonly<Record<string, string>> = {},
): void {
  const checks = new Checks(queue);
  for (const [name, value] of Object.entries(environment)) {
    if (name.startsWith(OWN)) checks.refuse(`environment.${name}: Sluice sets this itself, from the props`);
    if (RESERVED.includes(name)) checks.refuse(`environment.${name}: Lambda sets this itself`);
    if (!NAME.test(name)) checks.refuse(`environment.${name}: use letters, digits and _ as a name`);
    if (typeof value !== "string" && !Token.isUnresolved(value))
      checks.refuse(`environment.${name} is ${JSON.stringify(value)}: use text`);
  }
}
