import { embeddedApp } from "../../cli/dev/embedded-app.js";
import { EmbeddedBucket } from "../../cli/dev/embedded-bucket.js";
import { type Listening, listen } from "../../cli/dev/listen.js";

/** A server as `sluice dev` has it, on a free port, which prints nothing. Its test closes it. */
export async function aServer(options: Parameters<typeof embeddedApp>[1] = {}): Promise<Listening> {
  const quiet = {
    stdin: () => Promise.resolve(undefined),
    stdout: () => Promise.resolve(),
    stderr: () => undefined,
  };
  const context = { env: {}, directory: "", stopped: new AbortController().signal, isPiped: false };
  const bucket = new EmbeddedBucket();
  return await listen(embeddedApp({ ...context, ...quiet }, { bucket, ...options }), 0, bucket);
}
