import { isOutboxName } from "../../../lib/domain/outbox.js";
import { eraseMessage } from "../../../lib/operations/erase/erase-message.js";
import type { Deployment } from "../deployment.js";
import type { Functions } from "./functions.js";

/** Somebody who erases messages, mostly of a moment ago: they are on their way to somebody. */
export interface EraserPlan {
  readonly erasures: number;
  readonly gapMs: number;
  /** Only those that are not in the log yet, or were refused on their way there. */
  readonly isEarly?: true;
}

const RECENT = 12;
/** The longest that a process stands still, and that two clocks are apart, with some room. */
const STOOD_STILL_MS = 135_000;
const APART_MS = 125_000;
/** An answer may be lost; then it is asked again. */
const TRIES = 4;

export async function erase(
  deployment: Deployment,
  functions: Functions,
  { erasures, gapMs, isEarly }: EraserPlan,
): Promise<void> {
  const { world, monitor, rates, erasures: checker } = deployment;
  checker.laterMs =
    (rates.frozen > 0 ? STOOD_STILL_MS : 0) + (monitor.handlers.areClocksApart ? APART_MS : 0);
  for (let count = 0; count < erasures; count++) {
    await world.sleep(world.between(1, gapMs));
    const ids = isEarly ? idsOnTheirWay(deployment) : idsInLog(deployment);
    if (ids.length === 0) continue;
    const id = world.pick(ids);
    monitor.delayed.cancels(id);
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      const work = `erase ${id}`;
      const ended = await functions.invoke("api", (engine) => eraseMessage(engine, id, "arn:eraser"), work);
      if (ended.kind === "answered" && !ended.value.isCancelled) checker.told(id);
      if (ended.kind === "answered" && ended.value.isCancelled) neverPublished(deployment, id);
      if (ended.kind === "answered") break;
      await world.sleep(world.between(50, 2_000));
    }
  }
}

function idsInLog({ world, monitor }: Deployment): readonly string[] {
  const logs = [...monitor.log.partitions.values()].filter(({ ref }) => monitor.isLive(ref.topic));
  const recent = logs.length > 0 ? world.pick(logs).from(0).slice(-RECENT) : [];
  return recent.map(({ id }) => id);
}

const idsOnTheirWay = ({ monitor, outbox }: Deployment): readonly string[] => [
  ...monitor.delayed.waiting.map(({ id }) => id),
  ...outbox.idsToErase,
];

function neverPublished({ world, monitor, outbox }: Deployment, id: string): void {
  world.count("erased-early");
  if (isOutboxName(id.slice(id.indexOf(".") + 1))) outbox.toldErased(id);
  else monitor.delayed.said(id, "cancelled");
}
