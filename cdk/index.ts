export { type MetricDetail, type MetricName } from "../lib/domain/metrics.js";
export { type AcknowledgedFinding } from "./acknowledge.js";
export { type AlarmThresholds } from "./alarms.js";
export { SluiceDashboard, type SluiceDashboardProps, type WatchedQueue } from "./dashboard.js";
export { type EndpointAuth, type EndpointKind } from "./endpoint.js";
export { type FunctionOptions, type FunctionsOptions } from "./function-options.js";
export { type FunctionName } from "./function-code.js";
export { type IQueue, type ITopic } from "./queue.js";
export { Sluice, type SluiceProps } from "./sluice.js";
export { Subscription } from "./subscription.js";
export {
  type LambdaSubscriptionProps,
  type PullSubscriptionProps,
  type RetryProps,
  type SigningSecret,
  type StartAt,
  type SubscriptionProps,
  type WebhookSubscriptionProps,
} from "./subscription-props.js";
export { type WebhookTargets } from "./webhook-targets.js";
export { Topic } from "./topic.js";
export { Ordering, type TopicOptions, type TopicProps } from "./topic-props.js";
