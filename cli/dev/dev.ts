import { z } from "zod";
import { Count, command } from "../command.js";
import { CommandFailed } from "../context.js";
import { listen } from "./listen.js";
import { embeddedApp } from "./embedded-app.js";
import { EmbeddedBucket } from "./embedded-bucket.js";

const PORT = 4790;

export const dev = command({
  usage: "dev",
  summary: "Serve the API from memory, for development; nothing is kept",
  options: [
    ["--port <port>", `default ${PORT}; 0 for any free port`],
    ["--no-private-targets", "refuse webhooks to this machine and its network, as a deployment does"],
  ],
  input: z.object({ port: Count.optional(), privateTargets: z.boolean() }),
  run: async ({ context, input: { port = PORT, privateTargets }, result }) => {
    const bucket = new EmbeddedBucket();
    const server = await listen(embeddedApp(context, { privateTargets, bucket }), port, bucket).catch(
      (error: NodeJS.ErrnoException) => {
        const why =
          error.code === "EADDRINUSE" ? "is taken: give another --port" : `cannot be used: ${error.message}`;
        throw new CommandFailed(`port ${port} ${why}`);
      },
    );
    await result({ apiUrl: server.url }, server.url);
    context.stderr("everything is in memory, pull subscriptions and webhooks only; Ctrl-C ends it.\n");
    context.stderr(
      privateTargets
        ? "webhooks may lead to this machine and its network; a deployment refuses that (--no-private-targets).\n"
        : "webhooks may lead to the public internet only, as in a deployment.\n",
    );
    context.stderr("In another terminal:\n");
    context.stderr(`  export SLUICE_API_URL=${server.url}\n`);
    await aborted(context.stopped);
    await server.close();
  },
});

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
