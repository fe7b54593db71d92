import { InvalidRequest, MessageNotFound } from "../../domain/errors.js";
import type { FoundMessage } from "../../domain/found-message.js";
import type { MessageContent } from "../../domain/message.js";
import { isUnreadable } from "../../domain/reading.js";
import type { Engine } from "../engine.js";
import { findMessage } from "../manage/find-message.js";

const INLINE = "names a message whose body comes with it: look the message up instead";
/** Long enough to begin a download; what has begun goes on. */
const BODY_URL_SECONDS = 900;

/**
 * Where the bytes of a message's uploaded body are, for some minutes from now on, wherever the message is.
 * @throws {TopicNotFound} {MessageNotFound} {MessageOutOfReach} {InvalidRequest} of one whose body comes with it
 */
export async function bodyUrl(engine: Engine, id: string): Promise<string> {
  const found = await findMessage(engine, id);
  const content = contentIn(found);
  if (!content) throw new MessageNotFound(found.topic, id);
  if (!content.uploaded) throw new InvalidRequest([{ path: "path.id", detail: INLINE }]);
  if (content.uploaded.keptUntilMs <= engine.clock.nowMs()) throw new MessageNotFound(found.topic, id);
  return await engine.uploads.getUrl(content.uploaded.key, BODY_URL_SECONDS);
}

/** undefined of what was erased, or cannot be read. */
function contentIn(found: FoundMessage): MessageContent | undefined {
  if (found.state === "erased") return undefined;
  if (found.state !== "published") return found.content;
  return isUnreadable(found.message) ? undefined : found.message;
}
