import type { z } from "zod";
import type { PageQuery } from "../http/contracts/common.js";
import type { ReceiveAnswer, ReceiveBody, SettleAnswer, Settlement } from "../http/contracts/consume.js";
import type { DiagnosisAnswer, DoctorQuery } from "../http/contracts/doctor.js";
import type { FilterTestResult, FilteredMessage } from "../http/contracts/filter.js";
import type { NewMessage, TopicMessage } from "../http/contracts/message.js";
import type { OutboxList, OutboxQuery } from "../http/contracts/outbox.js";
import type { PublishAnswer } from "../http/contracts/publish.js";
import type { ErasedAnswer } from "../http/contracts/erase.js";
import type { ScheduledList } from "../http/contracts/scheduled.js";
import type { UploadAnswer, UploadBody } from "../http/contracts/upload.js";
import type * as subscriptions from "../http/contracts/subscription.js";
import type * as targets from "../http/contracts/target.js";
import type * as topics from "../http/contracts/topic.js";

/** Request and response types come from the contracts that check them. */
export type NewMessageInput = z.input<typeof NewMessage>;
/** A message of a publish to several topics. */
export type TopicMessageInput = z.input<typeof TopicMessage>;
export type UploadInput = z.input<typeof UploadBody>;
export type UploadUrl = z.output<typeof UploadAnswer>;
/** The result of one message of a publish: its id, or an error that says why it was not stored. */
export type PublishResult = z.output<typeof PublishAnswer>["messages"][number];
/** A delayed message that is not published yet. */
/** A message whose content was taken out for good. */
export type ErasedMessage = z.output<typeof ErasedAnswer>;
export type ScheduledMessage = z.output<typeof ScheduledList>["items"][number];
export type PublishedMessage = Exclude<PublishResult, { error: unknown }>;
export interface Published {
  readonly messages: readonly PublishedMessage[];
}
export type ReceiveOptions = Omit<z.input<typeof ReceiveBody>, "settle">;
export type ReceivedMessage = z.output<typeof ReceiveAnswer>["messages"][number] & {
  /** A JSON `body` as its publisher wrote it, including digits that a JavaScript number cannot hold. */
  readonly bodyText?: string;
};
export type SettlementInput = z.input<typeof Settlement>;
export type SettlementResult = z.output<typeof SettleAnswer>["results"][number];
/** What came of a request that settles messages and receives more: one result for each that it settles. */
export interface SettledAndReceived {
  readonly results: SettlementResult[];
  readonly messages: ReceivedMessage[];
}
/** A message as it is published, or as `receive` returned it. */
export type FilterTestMessage = z.input<typeof FilteredMessage> & Pick<ReceivedMessage, "bodyText">;
export type FilterTest = z.output<typeof FilterTestResult>;
export interface PageOf<T> {
  readonly items: T[];
  readonly nextCursor?: string;
}
export type PageOptions = Partial<z.output<typeof PageQuery>>;
export type Topic = z.output<typeof topics.TopicAnswer>;
export type OutboxListOptions = Partial<z.output<typeof OutboxQuery>>;
export type OutboxPage = z.output<typeof OutboxList>;
export type OutboxEntry = OutboxPage["items"][number];
export type TopicInput = z.input<typeof topics.TopicBody>;
export type Subscription = z.output<typeof subscriptions.SubscriptionAnswer>;
export type SubscriptionMade = z.output<typeof subscriptions.SubscriptionMade>;
export type RotatedSecret = z.output<typeof targets.RotatedSecret>;
export type WebhookTest = z.output<typeof targets.WebhookTestAnswer>;
export type SubscriptionInput = z.input<typeof subscriptions.SubscriptionBody>;
export type SubscriptionChange = z.input<typeof subscriptions.SubscriptionChange>;
export type SeekTo = z.input<typeof subscriptions.SeekBody>["to"];
export type SetAside = z.output<typeof subscriptions.SetAsideList>["items"][number];
export type SubscriptionWithState = z.output<typeof subscriptions.SubscriptionWithState>;
/** `topic`: the only one to look at. */
export type DiagnoseOptions = Partial<z.output<typeof DoctorQuery>> & { readonly topic?: string };
export type Diagnosis = z.output<typeof DiagnosisAnswer>;
export type Finding = Diagnosis["findings"][number];
