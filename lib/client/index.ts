export {
  type Auth,
  type Message,
  SluiceClient,
  type SluiceClientOptions,
  SluiceProblem,
} from "./http-client.js";
