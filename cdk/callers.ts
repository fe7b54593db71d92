import { ApiKey, Period, type RestApi } from "aws-cdk-lib/aws-apigateway";
import { Construct } from "constructs";
import type { ApiCaller } from "./api-options.js";

/** What each caller may ask for: a key that it sends, and a usage plan that counts by it. */
export class Callers extends Construct {
  readonly #keys = new Map<string, ApiKey>();

  constructor(scope: Construct, id: string, api: RestApi, callers: Readonly<Record<string, ApiCaller>>) {
    super(scope, id);
    for (const [name, caller] of Object.entries(callers)) this.add(api, name, caller);
  }

  /** Undefined for a caller that was not named. */
  keyOf(name: string): ApiKey | undefined {
    return this.#keys.get(name);
  }

  private add(api: RestApi, name: string, caller: ApiCaller): void {
    const { requestsPerSecond, requestsBurst = requestsPerSecond, requestsPerDay } = caller;
    const of = new Construct(this, name);
    const key = new ApiKey(of, "Key", {
      description: `What ${name} asks of the queue is counted by this key.`,
    });
    const plan = api.addUsagePlan(`${name}Plan`, {
      description: `What ${name} may ask of the queue`,
      apiStages: [{ stage: api.deploymentStage }],
      throttle: { rateLimit: requestsPerSecond, burstLimit: requestsBurst },
      ...(requestsPerDay === undefined ? {} : { quota: { limit: requestsPerDay, period: Period.DAY } }),
    });
    plan.addApiKey(key);
    this.#keys.set(name, key);
  }
}
