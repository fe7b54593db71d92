import type { Mark } from "../mark.js";
import type { Page, PageRequest } from "../page.js";
import type { TopicRef } from "../topic.js";

/** The marks of the topics that may have something to look after. Its promises are test/contract/mark-store.ts. */
export interface MarkStore {
  /** In the order of `markName`; eventually consistent. @throws {InvalidRequest} for a cursor that is none */
  list(page: PageRequest): Promise<Page<Mark>>;
  /** Eventually consistent. */
  get(topic: TopicRef): Promise<Mark | undefined>;
  /** Sets it, unless a younger one is there: one that lands late must not stand for that. */
  set(mark: Mark): Promise<void>;
  /** Says when to look next, if it is still that one. */
  putOff(mark: Mark, nextLookMs: number): Promise<"put-off" | "changed">;
  /** Takes it away, if it is still that one: nothing has happened since it was read. */
  remove(mark: Mark): Promise<"removed" | "changed">;
}
