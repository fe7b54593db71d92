import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { ITopic } from "./queue.js";
import type { WebhookSubscriptionProps } from "./subscription-options.js";

/** A subscription that is made on its own, with `function`, with `url`, or with neither: it is pulled. */
export interface SubscriptionProps extends WebhookSubscriptionProps {
  readonly topic: ITopic;
  /** The function to deliver to. @default - none: consumers receive over the API */
  readonly function?: IFunction;
  /** The webhook to deliver to. @default - none */
  readonly url?: string;
}
