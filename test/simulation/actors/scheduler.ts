import type { ScheduledContent } from "../../../lib/domain/schedule.js";
import {
  changeSchedule,
  deleteSchedule,
  getSchedule,
  listSchedules,
  putSchedule,
} from "../../../lib/operations/manage/schedules.js";
import { changeTopic } from "../../../lib/operations/manage/topics.js";
import { runNow } from "../../../lib/operations/schedule/run-now.js";
import type { Deployment } from "../deployment.js";
import { LOOSE, STRICT, bodyOf } from "../body-schemas.js";
import { untilDone } from "./change.js";
import { PERIODS_MS, type ScheduleAct, type SchedulerPlan } from "../schedule-times.js";
import type { Functions } from "./functions.js";

const HOURLY = "0 * * * *";
const OFTEN = Object.keys(PERIODS_MS).filter((cron) => cron !== HOURLY);
const ZONES = ["UTC", "Europe/Berlin", "America/New_York"] as const;

const ACTS: readonly ScheduleAct[] = [
  "put",
  "put",
  "message",
  "cron",
  "pause",
  "resume",
  "resume",
  "run",
  "run",
  "delete",
  "look",
];
const SCHEMA_ACTS: readonly ScheduleAct[] = ["message", "loosen", "tighten", "tighten"];

/** Somebody who has schedules. In the end each is hourly, until {@link endSchedules}. */
export async function keepSchedules(
  deployment: Deployment,
  functions: Functions,
  topic: string,
  plan: SchedulerPlan,
): Promise<void> {
  const { world } = deployment;
  for (let step = 0; step < plan.steps; step++) {
    const name = world.pick(plan.names);
    const acts = plan.hasSchema ? [...ACTS, ...SCHEMA_ACTS] : ACTS;
    const kind = plan.acts?.[step] ?? (step < plan.names.length ? "put" : world.pick(acts));
    await act(deployment, functions, {
      topic,
      name: step < plan.names.length ? (plan.names[step] as string) : name,
      kind,
      step,
      plan,
    });
    if (world.chance(plan.outages)) functions.clocksAreOut(world.between(30_000, 900_000));
    await world.sleep(world.between(10, plan.gapMs));
  }
  functions.clocksAreBack();
  for (const name of plan.names)
    await untilDone(deployment, functions, `leave schedule ${name}`, (engine) =>
      putSchedule(engine, topic, name, { cron: HOURLY, message: messageOf(plan, name, plan.steps) }),
    );
}

function messageOf({ key, hasSchema }: SchedulerPlan, name: string, step: number): ScheduledContent {
  const keyed = key === undefined ? {} : { key };
  if (!hasSchema) return { body: `cron-${name}-${step}`, contentType: "text/plain", ...keyed };
  return { body: bodyOf(`cron-${step}-${name}`, ""), contentType: "application/json", ...keyed };
}

interface Acting {
  readonly topic: string;
  readonly name: string;
  readonly kind: ScheduleAct;
  readonly step: number;
  readonly plan: SchedulerPlan;
}

async function act(
  deployment: Deployment,
  functions: Functions,
  { topic, name, kind, step, plan }: Acting,
): Promise<void> {
  const { world, monitor } = deployment;
  const what = `${kind} schedule ${name}`;
  const change = (changed: Parameters<typeof changeSchedule>[3]) =>
    untilDone(deployment, functions, what, (engine) => changeSchedule(engine, topic, name, changed));
  if (kind === "put") {
    const timing = { cron: world.pick(OFTEN), timeZone: world.pick(ZONES) };
    const settings = { ...timing, message: messageOf(plan, name, step) };
    await untilDone(deployment, functions, what, (engine) => putSchedule(engine, topic, name, settings));
  } else if (kind === "message") await change({ message: messageOf(plan, name, step) });
  else if (kind === "cron") await change({ cron: world.pick(OFTEN) });
  else if (kind === "pause" || kind === "resume") await change({ paused: kind === "pause" });
  else if (kind === "delete")
    await untilDone(deployment, functions, what, (engine) => deleteSchedule(engine, topic, name));
  else if (kind === "loosen" || kind === "tighten") {
    const schema = kind === "loosen" ? LOOSE : STRICT;
    monitor.schemas.sets(schema);
    await untilDone(deployment, functions, what, (engine) => changeTopic(engine, topic, { schema }));
  } else if (kind === "look")
    await untilDone(deployment, functions, what, (engine) => getSchedule(engine, topic, name));
  else {
    const key = world.chance(0.6) ? `k${step}` : undefined;
    for (let sent = 0; sent < (key ? 2 : 1); sent++)
      await untilDone(deployment, functions, what, async (engine) => {
        const { id } = await runNow(engine, topic, name, key === undefined ? {} : { key });
        monitor.schedules.said(id, key);
      });
  }
}

/** Longer than a timer of a topic that was paused is put off. */
const SERVED_MS = 6 * 60_000;

/** Once nothing goes wrong any more: each has run when it was due. Then nothing is left of them. */
export async function endSchedules(
  deployment: Deployment,
  functions: Functions,
  topic: string,
): Promise<void> {
  const { world, monitor } = deployment;
  await world.sleep(SERVED_MS);
  monitor.schedules.noneIsOverdue();
  const names: string[] = [];
  await untilDone(deployment, functions, "list schedules", async (engine) => {
    const { items } = await listSchedules(engine, topic, { limit: 10 });
    names.push(...items.map(({ name }) => name));
  });
  for (const name of new Set(names))
    await untilDone(deployment, functions, `end schedule ${name}`, (engine) =>
      deleteSchedule(engine, topic, name),
    );
}
