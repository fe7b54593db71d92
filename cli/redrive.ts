import { z } from "zod";
import type { RedriveResult } from "../lib/client/index.js";
import { command } from "./command.js";
import { CommandFailed, UsageError } from "./context.js";
import { Attribute, jsonBody } from "./publish.js";

export const redrive = command({
  usage: "redrive <topic> <subscription> [id...]",
  summary: "Send dead letters again, to their subscription only",
  options: [
    ["--all", "all of them"],
    ["--body <json>", "with one id: send it with this body"],
    ["--attribute <name=value>", "with one id: send it with these attributes; may be repeated", "many"],
    ["--dry-run", "only tell what would be sent again"],
  ],
  input: z.object({
    topic: z.string(),
    subscription: z.string(),
    id: z.array(z.string()),
    all: z.boolean().default(false),
    body: z.string().optional(),
    attribute: z.array(Attribute).optional(),
    dryRun: z.boolean().default(false),
  }),
  run: async ({ client, input, result }) => {
    const { topic, subscription, id: ids, all, dryRun, body, attribute } = input;
    if (all === ids.length > 0) throw new UsageError("give the ids of dead letters, or --all");
    const mend = {
      ...(body === undefined ? {} : { body: jsonBody(body) }),
      ...(attribute ? { attributes: Object.fromEntries(attribute) } : {}),
    };
    if (Object.keys(mend).length > 0 && ids.length !== 1)
      throw new UsageError("--body and --attribute mend one dead letter: give its id alone");
    const letters = (await client()).deadLetters(topic, subscription);
    let moved = 0;
    const refused: RedriveResult["refused"] = [];
    for (let cursor: string | undefined, isFirst = true; isFirst || cursor !== undefined; isFirst = false) {
      const done = await letters.redrive(
        all ? { all, dryRun, ...(cursor === undefined ? {} : { cursor }) } : { ids, dryRun, ...mend },
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
