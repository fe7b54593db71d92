import { z } from "zod";
import { command } from "./command.js";
import { UsageError } from "./context.js";
import { forEachId } from "./each-id.js";

export const erase = command({
  usage: "erase <id...>",
  summary: "Take messages' contents out for good, wherever they are stored: cannot be undone",
  options: [["--yes", "erase them: without it nothing is done"]],
  input: z.object({ id: z.array(z.string()), yes: z.boolean().default(false) }),
  run: async ({ client, input: { id: ids, yes }, result }) => {
    if (!yes)
      throw new UsageError(`this cannot be undone: give --yes to erase ${ids.length} message(s) for good`);
    const queue = await client();
    const act = (id: string) => queue.erase(id);
    await forEachId(ids, { act, status: "erased", participle: "erased", result });
  },
});
