import type { SeekTo } from "../lib/client/index.js";

/** Reads a place in a topic from the command line. A message's id never looks like a time. */
export function placeOf(text: string): SeekTo {
  if (text === "latest" || text === "earliest") return text;
  return /^\d{4}-\d{2}-\d{2}T/.test(text) ? { time: text } : { id: text };
}
