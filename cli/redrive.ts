import { z } from "zod";
import type { RedriveResult } from "../lib/client/index.js";
import { command } from "./command.js";
import { CommandFailed, UsageError } from "./context.js";

export const redrive = command({
  usage: "redrive <topic> <subscription> [id...]",
  summary: "Send dead letters again, to their subscription only",
  options: [
    ["--all", "all of them"],
    ["--dry-run", "only tell what would be sent again"],
  ],
  input: z.object({
    topic: z.string(),
    subscription: z.string(),
    id: z.array(z.string()),
    all: z.boolean().default(false),
    dryRun: z.boolean().default(false),
  }),
  run: async ({ client, input: { topic, subscription, id: ids, all, dryRun }, result }) => {
    if (all === ids.length > 0) throw new UsageError("give the ids of dead letters, or --all");
    const letters = (await client()).deadLetters(topic, subscription);
    let moved = 0;
    const refused: RedriveResult["refused"] = [];
    for (let cursor: string | undefined, isFirst = true; isFirst || cursor !== undefined; isFirst = false) {
      const done = await letters.redrive(
        all ? { all, dryRun, ...(cursor === undefined ? {} : { cursor }) } : { ids, dryRun },
      );
      moved += done.moved;
      refused.push(...done.refused);
      cursor = done.nextCursor;
    }
    const text = [
      ...refused.map(({ id, error }) => `${id}\t${error.code}: ${error.detail}`),
      `${moved} dead letters ${dryRun ? "would be " : ""}sent again`,
    ];
    await result({ moved, refused }, text.join("\n"));
    if (refused.length > 0) throw new CommandFailed(`${refused.length} dead letters cannot be sent again`);
  },
});
