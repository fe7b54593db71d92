import type { MessageQuery } from "../../../lib/domain/message-query.js";
import { MESSAGE_STATES } from "../../../lib/domain/open-message.js";
import type { PageRequest } from "../../../lib/domain/page.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { listDeadLetters } from "../../../lib/operations/manage/dead-letters.js";
import { listOpenMessages } from "../../../lib/operations/manage/open-messages.js";
import type { ListChecker, Pass } from "../checkers/list-checker.js";
import type { ListKind, Listed } from "../checkers/listed.js";
import type { Deployment } from "../deployment.js";
import type { World } from "../world.js";
import type { Functions } from "./functions.js";

/** Somebody who goes through the lists of dead letters and of what has not ended. */
export interface ListerPlan {
  /** How long it stays away between two lists, at the most; and between two pages. */
  readonly gapMs: number;
  readonly pageGapMs: number;
  readonly lists: number;
}

const KINDS: readonly ListKind[] = ["dead-letters", "dead-letters", "dead-letters", ...MESSAGE_STATES];
const HEALTHY_GAP_MS = 20_000;
/** Nothing that happens in a run takes more pages, or more tries of one. */
const PAGES_AT_MOST = 400;
const TRIES_AT_MOST = 20;

export async function goThroughLists(
  deployment: Deployment,
  functions: Functions,
  { gapMs, pageGapMs, lists }: ListerPlan,
  phase: { isOver: boolean; isHealthy: boolean },
): Promise<void> {
  const { world, monitor } = deployment;
  for (let list = 0; list < lists && !phase.isOver; list++) {
    await world.sleep(world.between(1, phase.isHealthy ? Math.min(gapMs, HEALTHY_GAP_MS) : gapMs));
    const live = monitor.live();
    if (live.length === 0) continue;
    const watched = world.pick(live);
    const kind = world.pick(KINDS);
    const pass = monitor.lists.begins(watched, kind, queryOf(world, monitor.lists.there(watched, kind)));
    const limit = world.pick([1, 1, 2, 5, 100]);
    if (await goThrough(deployment, functions, pass, { limit, gapMs: pageGapMs })) monitor.lists.ends(pass);
    else monitor.lists.givesUp(pass);
  }
}

/** Whether it came to the end of it. */
async function goThrough(
  { world, monitor: { lists } }: { readonly world: World; readonly monitor: { readonly lists: ListChecker } },
  functions: Functions,
  pass: Pass,
  { limit, gapMs }: { readonly limit: number; readonly gapMs: number },
): Promise<boolean> {
  let page: PageRequest = { limit };
  let tries = 0;
  for (let pages = 0; pages < PAGES_AT_MOST;) {
    const ended = await functions.invoke("api", (engine) => pageOf(engine, pass, page), `list ${pass.kind}`);
    if (ended.kind === "answered") {
      const { items, nextCursor } = ended.value;
      lists.named(pass, items);
      if (nextCursor === undefined) return true;
      page = { limit, cursor: nextCursor };
      pages++;
    } else if (++tries >= TRIES_AT_MOST) return false;
    await world.sleep(world.between(1, gapMs));
  }
  return false;
}

async function pageOf(engine: Engine, { watched, kind, query }: Pass, page: PageRequest) {
  const { topic, name } = watched.subscription;
  return kind === "dead-letters"
    ? await listDeadLetters(engine, topic.name, name, query, page)
    : await listOpenMessages(engine, topic.name, name, kind, page, query);
}

/** Something that is there has some of it, mostly. */
function queryOf(world: World, there: readonly Listed[]): MessageQuery {
  const one = there.length > 0 ? world.pick(there) : undefined;
  const asked = (): boolean => world.chance(0.3);
  const { key, tag, attempt = 1, lastError = "it threw" } = one ?? {};
  return {
    ...(key !== undefined && asked() ? { key } : {}),
    ...(tag !== undefined && asked() ? { tag } : {}),
    ...(asked() ? { minAttempts: Math.max(1, attempt) } : {}),
    ...(lastError.length > 0 && asked() ? { error: lastError.slice(world.between(0, 1)) } : {}),
  };
}
