export {
  type NewMessageInput as Message,
  type PublishedMessages,
  type ReceiveOptions,
  type ReceivedMessage,
  type SeekTo,
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
export { type Auth, type SigningCredentials, SluiceProblem, SluiceUnreachable } from "./transport.js";
