export {
  type NewMessageInput as Message,
  type PublishedMessage,
  type PublishResult,
  type ReceiveOptions,
  type ReceivedMessage,
  type SeekTo,
  type SetAside,
  type SettlementInput,
  type SettlementResult,
  SluiceClient,
  type SluiceClientOptions,
  type Subscription,
  type SubscriptionInput,
  type SubscriptionWithState,
  type Topic,
  type TopicInput,
} from "./http-client.js";
export {
  type Refusal,
  SluiceMessagesRefused,
  SluiceProblem,
  SluiceReceiptsRefused,
  SluiceUnreachable,
  SluiceUsageError,
  type Stored,
} from "./errors.js";
export { JsonText } from "./json-text.js";
export type { Auth, SigningCredentials } from "./options.js";
