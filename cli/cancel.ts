import { z } from "zod";
import { command } from "./command.js";
import { forEachId } from "./each-id.js";

export const cancel = command({
  usage: "cancel <id...>",
  summary: "Cancel delayed messages that are not published yet (see scheduled)",
  input: z.object({ id: z.array(z.string()) }),
  run: async ({ client, input: { id: ids }, result }) => {
    const queue = await client();
    const act = (id: string) => queue.cancel(id);
    await forEachId(ids, { act, status: "cancelled", participle: "cancelled", result });
  },
});
