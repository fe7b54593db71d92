export { type OnDeadLetter } from "../lib/domain/subscription.js";
export { type Paused } from "../lib/domain/topic.js";
export { type MetricDetail, type MetricName } from "../lib/domain/metrics.js";
export { type AcknowledgedFinding } from "./acknowledge.js";
export { type AlarmThresholds } from "./alarms.js";
export {
  type ApiAuthorizer,
  type ApiCaller,
  type ApiCors,
  type ApiDomain,
  type ApiJwt,
  type ApiOptions,
} from "./api-options.js";
export {
  SluiceDashboard,
  type SluiceDashboardOptions,
  type SluiceDashboardProps,
  type WatchedQueue,
} from "./dashboard.js";
export { type EndpointAuth, type EndpointKind } from "./endpoint-kind.js";
export { type DomainTarget } from "./endpoint-props.js";
export { type FunctionOptions, type FunctionsOptions } from "./function-options.js";
export { type FunctionName } from "./function-code.js";
export { type GivenStorage } from "./given-storage.js";
export { type ImportOptions, type SluiceAttributes } from "./imported-sluice.js";
export { InboxTable, type InboxTableProps } from "./inbox-table.js";
export { type IMeasured, type ISchedule, type ISluice, type ISubscription, type ITopic } from "./queue.js";
export { type NetworkOptions } from "./network.js";
export { Schedule } from "./schedule.js";
export { type ScheduleMessage, type ScheduleOptions } from "./schedule-options.js";
export { type ScheduleProps } from "./schedule-props.js";
export { Sluice } from "./sluice.js";
export { type SluiceProps } from "./sluice-props.js";
export { type BucketAccessLogs } from "./storage.js";
export { Subscription, type SubscriptionAttributes } from "./subscription.js";
export {
  type LambdaSubscriptionProps,
  type PullSubscriptionProps,
  type RetryProps,
  type SigningSecret,
  type StartAt,
  type StartPlace,
  type WebhookFormat,
  type WebhookSubscriptionProps,
} from "./subscription-options.js";
export { type SubscriptionProps } from "./subscription-props.js";
export { type WebhookTargets } from "./webhook-targets.js";
export { Ordering, type TopicOptions, TraceLevel } from "./topic-options.js";
export { type TopicProps } from "./topic-props.js";
export { Topic, type TopicAttributes } from "./topic.js";
