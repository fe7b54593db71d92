import { z } from "zod";
import type { SubscriptionInput } from "../../lib/client/index.js";
import { Count } from "../command.js";
import { UsageError } from "../context.js";

type Target = SubscriptionInput["target"];

const HEADER = /^([^:\s]+):\s*(.*?)\s*$/;

/** Options that say where a subscription's messages go. */
export const TARGET_OPTIONS = [
  ["--function-arn <arn>", "the Lambda function to deliver to; default: none, consumers receive"],
  ["--https <url>", "the webhook to deliver to; its secret is printed once"],
  ["--format <format>", "what a webhook gets: message (default) or cloudevent"],
  ["--header <name: value>", "sent with each delivery of a webhook; may be repeated", "many"],
  ["--connect-timeout-seconds <seconds>", "how long a webhook's connection may take; default: 5"],
  ["--timeout-seconds <seconds>", "how long a webhook's answer may take; default: 15"],
] as const;

export const TargetInput = z.object({
  functionArn: z.string().optional(),
  https: z.string().optional(),
  format: z.enum(["message", "cloudevent"], { error: 'must be "message" or "cloudevent"' }).optional(),
  header: z.array(z.string()).optional(),
  connectTimeoutSeconds: Count.optional(),
  timeoutSeconds: Count.optional(),
});

/** @throws {UsageError} for options that exclude each other. */
export function targetOf(input: z.output<typeof TargetInput>): { readonly target?: Target } {
  const { functionArn, https: url, header, format, connectTimeoutSeconds, timeoutSeconds } = input;
  if (functionArn !== undefined && url !== undefined)
    throw new UsageError("give --function-arn or --https, not both");
  if (url === undefined) {
    if ([header, format, connectTimeoutSeconds, timeoutSeconds].some((option) => option !== undefined))
      throw new UsageError("--header, --format and the timeouts need --https");
    return functionArn === undefined ? {} : { target: { type: "lambda", functionArn } };
  }
  return {
    target: {
      type: "https",
      url,
      ...(format === undefined ? {} : { format }),
      ...(header === undefined ? {} : { headers: headersOf(header) }),
      ...(connectTimeoutSeconds === undefined ? {} : { connectTimeoutSeconds }),
      ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    },
  };
}

/** The value is never repeated: it may be a secret. */
function headersOf(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const [, name, value] = HEADER.exec(text) ?? [];
      if (name === undefined || value === undefined)
        throw new UsageError('--header must be a name and a value, such as "Authorization: Bearer …"');
      return [name, value];
    }),
  );
}
