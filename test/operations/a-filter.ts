import { aText, publishTexts } from "./a-deployment.js";
import type { Engine } from "../../lib/operations/engine.js";

/** The messages that are wanted have the tag "a". */
export const WANTED = '{"tag":["a"]}';

/** Publishes one slot with a message of each of these tags; its body is the tag and its place in the slot. */
export const publishTags = (engine: Engine, tags: string): Promise<readonly string[]> =>
  publishTexts(engine, "orders", ...[...tags].map((tag, at) => aText(`${tag}${at}`, { tag })));
