export { SluiceClient } from "./http-client.js";
export { BodyFile, type BodySource } from "./body-source.js";
export type { Bodies, UploadOptions, WithBody } from "./bodies.js";
export type {
  DiagnoseOptions,
  Diagnosis,
  FilterTest,
  FilterTestMessage,
  Finding,
  NewMessageInput as Message,
  PublishedMessage,
  PublishResult,
  RotatedSecret,
  OutboxEntry,
  OutboxListOptions,
  OutboxPage,
  ErasedMessage,
  ScheduledMessage,
  ReceivedMessage,
  ReceiveOptions,
  SettledAndReceived,
  SeekTo,
  SetAside,
  SettlementInput,
  SettlementResult,
  Subscription,
  SubscriptionChange,
  SubscriptionInput,
  SubscriptionMade,
  SubscriptionWithState,
  Topic,
  TopicInput,
  WebhookTest,
  TopicMessageInput,
} from "./types.js";
export type { PublishOptions } from "./publishing.js";
export type { Consumer } from "./consumer/consumer.js";
export type {
  BatchHandler,
  BatchHandling,
  ConsumeBatchesOptions,
  ConsumeOptions,
  ErrorContext,
  Handling,
  MessageHandler,
} from "./consumer/options.js";
export type { Delivery, FoundMessage, MessageTrace, TracedMessage } from "./found-message.js";
export type { ReplayInput, ReplayJob, ReplayJobPage, Replays, WouldReplay } from "./replays.js";
export type { ReadMessage, ReadOptions, ReadPage } from "./read.js";
export type { Tail, TailOptions } from "./tail.js";
export { RejectError } from "./consumer/reject-error.js";
export { RetryLater } from "./consumer/retry-later.js";
export type { Timing } from "./consumer/timing.js";
export {
  type Refusal,
  SluiceLeaseLost,
  SluiceMessagesRefused,
  SluiceProblem,
  SluiceReceiptsRefused,
  SluiceUnreachable,
  SluiceUsageError,
  type Stored,
} from "./errors.js";
export type {
  OpenMessage,
  OpenMessageListOptions,
  OpenMessagePage,
  OpenMessages,
  OperatorSettlementInput,
} from "./open-messages.js";
export {
  inboxItem,
  isRedelivery,
  once,
  plainInboxItem,
  type Delivered,
  type DeliveredByClient,
  type DeliveredToLambda,
  type DeliveredToWebhook,
  type InboxItem,
  type InboxOptions,
  type PlainValue,
} from "./inbox.js";
export { JsonText } from "./json-text.js";
export {
  outboxIdOf,
  outboxItem,
  plainOutboxItem,
  type OutboxDraft,
  type OutboxItem,
  type OutboxOptions,
  type PlainOutboxValue,
} from "./outbox.js";
export type { Auth, SigningCredentials, SluiceClientOptions, TraceContextOf } from "./options.js";
export type {
  DeadLetter,
  DeadLetterActs,
  DeadLetterEntry,
  DeadLetters,
  DeadLetterListOptions,
  DeadLetterPage,
  FailedAttempt,
  PurgeResult,
  RedriveInput,
  RedriveJob,
  RedriveJobPage,
  RedriveNow,
  RedriveResult,
  RedriveSelection,
} from "./dead-letters.js";
export type {
  Schedule,
  ScheduleChangeInput,
  ScheduleInput,
  SchedulePage,
  ScheduleRunResult,
  Schedules,
} from "./schedules.js";
