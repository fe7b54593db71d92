import type { MessageCopy } from "../../domain/dead-letter.js";
import { invariant } from "../../domain/invariant.js";
import type { Schedule, ScheduleSettings } from "../../domain/schedule.js";
import type { Engine } from "../engine.js";
import { scheduledContent } from "./scheduled-content.js";

type Kept = Omit<ScheduleSettings, "message"> & { readonly copy: Omit<MessageCopy, "content"> };

/** A schedule's settings as text, with its message as it is stored: bytes, and no larger than they are. */
export function keptSettings({ cron, timeZone, paused, description, copy }: Schedule): string {
  const { content, ...described } = copy;
  invariant(content.kind === "inline", "a schedule's message is in its item");
  const bytes = Buffer.from(content.bytes).toString("base64");
  return JSON.stringify({ cron, timeZone, paused, description, copy: { ...described, bytes } });
}

/** The inverse. @throws {StorageUnavailable} if the message is damaged */
export async function settingsKept(engine: Engine, name: string, text: string): Promise<ScheduleSettings> {
  const { copy, ...others } = JSON.parse(text) as Kept & { readonly copy: { readonly bytes: string } };
  const { bytes, ...described } = copy;
  const content = { kind: "inline", bytes: Buffer.from(bytes, "base64") } as const;
  return { ...others, message: await scheduledContent(engine, { name, copy: { ...described, content } }) };
}
