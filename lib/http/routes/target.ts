import type { z } from "zod";
import { type FieldProblem, InvalidRequest } from "../../domain/errors.js";
import type { Target } from "../../domain/subscription.js";
import { type WebhookHeaders, headerProblem, webhookHeaders } from "../../domain/webhook/headers.js";
import { checkedUrl } from "../../domain/webhook/url.js";
import type * as contracts from "../contracts/target.js";
import type { AppOptions } from "../route.js";

type TargetInput = z.output<typeof contracts.Target>;

/** A target as the operations take it: header values apart from it, so that no answer can contain them. */
export interface CheckedTarget {
  readonly target: Target;
  readonly headers?: WebhookHeaders;
  readonly secretArn?: string | null;
}

/** @throws {InvalidRequest} for a target that this process cannot or must not deliver to. */
export function checkedTarget(target: TargetInput, options: AppOptions): CheckedTarget {
  const { targets, ownFunctions, targetPolicy, managedSecrets } = options;
  if (!targets.includes(target.type)) {
    const possible = targets.map((type) => `"${type}"`).join(" or ");
    throw wrong("type", `is "${target.type}", which this server cannot deliver to: use ${possible}`);
  }
  if (target.type === "lambda" && ownFunctions.includes(functionNameOf(target.functionArn))) {
    const detail = "is one of Sluice's own functions: name the function that handles the messages";
    throw wrong("functionArn", detail);
  }
  if (target.type !== "https") return { target };
  const { headers, url: text, secretArn, ...settings } = target;
  const url = checkedUrl(text, targetPolicy);
  if ("wrong" in url) throw wrong("url", url.wrong);
  if (secretArn !== undefined && !managedSecrets)
    throw wrong("secretArn", "is set by the CDK only, where whoever deploys may use the secret");
  const made: Target = { ...settings, url: url.href, headerNames: [] };
  return {
    target: made,
    ...(headers ? { headers: checkedHeaders(headers) } : {}),
    ...(secretArn === undefined ? {} : { secretArn }),
  };
}

function checkedHeaders(given: Readonly<Record<string, string>>): WebhookHeaders {
  const problems = Object.entries(given).flatMap(([name, value]): FieldProblem[] => {
    const detail = headerProblem(name, value);
    return detail === undefined ? [] : [{ path: `target.headers.${name}`, detail }];
  });
  const headers = webhookHeaders(given);
  if (Object.keys(headers).length < Object.keys(given).length)
    problems.push({ path: "target.headers", detail: "has a name twice: case does not matter" });
  if (problems.length > 0) throw new InvalidRequest(problems);
  return headers;
}

const wrong = (field: string, detail: string): InvalidRequest =>
  new InvalidRequest([{ path: `target.${field}`, detail }]);

/** The name in `arn:aws:lambda:REGION:ACCOUNT:function:NAME`; a version or alias may follow it. */
const functionNameOf = (arn: string): string => arn.split(":")[6] ?? "";

export const targetAnswer = (target: Target): z.input<typeof contracts.TargetAnswer> =>
  target.type === "https" ? { ...target, headerNames: [...target.headerNames] } : target;
