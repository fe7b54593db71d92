import { z } from "zod";
import { command } from "./command.js";
import { UsageError } from "./context.js";
import { writeBody } from "./write-body.js";

export const body = command({
  usage: "body <id>",
  summary: "Write a message's body as the bytes that were published, wherever it lies",
  options: [["--output <file>", "write it to a file; default: standard output"]],
  input: z.object({ id: z.string(), output: z.string().optional() }),
  run: async ({ client, context, json, input: { id, output }, result }) => {
    if (json && output === undefined) throw new UsageError("--json goes with --output here: a body is bytes");
    const api = await client();
    const bytes = await writeBody(api, context, await api.getMessage(id), output);
    if (output !== undefined) await result({ id, bytes, output }, "");
  },
});
