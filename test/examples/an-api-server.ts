import { embeddedApp } from "../../cli/dev/embedded-app.js";
import { type Listening, listen } from "../../cli/dev/listen.js";
import { SluiceClient } from "../../lib/client/index.js";

/** The API over HTTP, as `sluice dev` serves it, and a client of it. */
export async function anApiServer(): Promise<Listening & { readonly client: SluiceClient }> {
  const stopped = new AbortController().signal;
  const nothing = () => Promise.resolve(undefined);
  const context = { env: {}, directory: "", stopped, stdin: nothing, stdout: nothing, isPiped: false };
  const server = await listen(embeddedApp({ ...context, stderr: () => undefined }), 0);
  return { ...server, client: new SluiceClient({ apiUrl: server.url, auth: "none" }) };
}
