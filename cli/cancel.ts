import { z } from "zod";
import { SluiceProblem } from "../lib/client/index.js";
import { command } from "./command.js";
import { CommandFailed } from "./context.js";

export const cancel = command({
  usage: "cancel <id...>",
  summary: "Cancel delayed messages that are not published yet (see scheduled)",
  input: z.object({ id: z.array(z.string()) }),
  run: async ({ client, input: { id: ids }, result }) => {
    const queue = await client();
    const results: { id: string; status?: "cancelled"; error?: { code: string; detail: string } }[] = [];
    for (const id of ids) {
      try {
        await queue.cancel(id);
        results.push({ id, status: "cancelled" });
      } catch (error) {
        if (!(error instanceof SluiceProblem)) throw error;
        results.push({ id, error: { code: error.code, detail: error.problem.detail } });
      }
    }
    const lines = results.map(
      ({ id, error }) => `${id}\t${error ? `${error.code}: ${error.detail}` : "cancelled"}`,
    );
    await result({ results }, lines.join("\n"));
    const failed = results.filter(({ error }) => error !== undefined).length;
    if (failed > 0) throw new CommandFailed(`${failed} of ${results.length} could not be cancelled`);
  },
});
