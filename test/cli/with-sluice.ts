import { listen } from "../../cli/dev/listen.js";
import { createApp } from "../../lib/http/app.js";
import { type Api, anApiWithTopic } from "../http/an-api.js";
import { type Ran, aTerminal } from "./a-terminal.js";

/** The command, with an API over memory that has topic `orders` and subscription `audit`, and what is prepared. */
export async function withSluice(
  use: (sluice: (...line: readonly string[]) => Promise<Ran>) => Promise<void>,
  prepare: (api: Api) => Promise<unknown> = () => Promise.resolve(),
): Promise<void> {
  const api = await anApiWithTopic();
  await prepare(api);
  const server = await listen(createApp(api.engine), 0);
  try {
    await use((await aTerminal({ env: { SLUICE_API_URL: server.url } })).sluice);
  } finally {
    await server.close();
  }
}
