import {
  changeSubscription,
  deleteSubscription,
  putSubscription,
} from "../../../lib/operations/manage/subscriptions.js";
import { changeTopic, deleteTopic, putTopic } from "../../../lib/operations/manage/topics.js";
import { AlreadyPublished } from "../../../lib/domain/errors.js";
import { parseGivenId } from "../../../lib/domain/message-id.js";
import type { StartFrom } from "../../../lib/domain/subscription.js";
import type { Paused } from "../../../lib/domain/topic.js";
import {
  deleteDeadLetter,
  listDeadLetters,
  purgeDeadLetters,
} from "../../../lib/operations/manage/dead-letters.js";
import {
  cancelRedriveJob,
  listRedriveJobs,
  startRedrive,
} from "../../../lib/operations/manage/redrive-jobs.js";
import { redrive, wouldRedrive } from "../../../lib/operations/manage/redrive.js";
import { cancelMessage, listScheduled } from "../../../lib/operations/manage/scheduled.js";
import { rotateSecret } from "../../../lib/operations/manage/webhooks.js";
import { seek } from "../../../lib/operations/manage/seek.js";
import { MENDED_ATTRIBUTE } from "../checkers/dead-letter-checker.js";
import type { JobSelection } from "../../../lib/domain/redrive-job.js";
import type { Engine } from "../../../lib/operations/engine.js";
import type { Deployment } from "../deployment.js";
import { LOOSE, STRICT } from "../body-schemas.js";
import { FILTERS } from "../filters.js";
import { type ChangeKind, type TopicPlan, settingsOf } from "../plan.js";
import { type Change, untilDone } from "./change.js";
import type { World } from "../world.js";
import type { Functions } from "./functions.js";
import { REPLAYS } from "./replaying.js";
import { settleSome } from "./settling.js";

/** Pauses, resumes, seeks, changes settings, deletes and makes anew, while everything is under way. */
export async function operate(deployment: Deployment, functions: Functions, topic: TopicPlan): Promise<void> {
  const { world } = deployment;
  for (let change = 0; change < topic.changes; change++) {
    await world.sleep(world.between(500, 30_000));
    const subscription = world.pick(topic.subscriptions);
    const kind = world.pick(topic.kinds ?? CHANGE_KINDS);
    await CHANGES[kind](deployment, functions, topic, subscription);
  }
}

const pauseForAWhile: Change = async (deployment, functions, { name }, { name: subscription }) => {
  const set = (paused: boolean) =>
    untilDone(deployment, functions, `paused ${subscription} = ${paused}`, (engine) =>
      changeSubscription(engine, name, subscription, { paused }),
    );
  await set(true);
  await deployment.world.sleep(deployment.world.between(1_000, 90_000));
  await set(false);
};

const pauseDelivery: Change = (deployment, functions, topic) =>
  pauseTopicFor(deployment, functions, topic, "delivery");

const pauseTopic: Change = (deployment, functions, topic) =>
  pauseTopicFor(deployment, functions, topic, deployment.world.pick(["publish", "delivery", "all"]));

async function pauseTopicFor(
  deployment: Deployment,
  functions: Functions,
  { name }: TopicPlan,
  what: Paused,
): Promise<void> {
  const set = (paused: Paused) =>
    untilDone(deployment, functions, `paused ${name} = ${paused}`, (engine) =>
      changeTopic(engine, name, { paused }),
    );
  await set(what);
  await deployment.world.sleep(deployment.world.between(1_000, 20_000));
  await set("none");
}

/** To either end, to a time, or to a message that was published: again, or past what nobody wants any more. */
const seekSomewhere: Change = async (deployment, functions, { name }, { name: subscription }) => {
  const { world, monitor } = deployment;
  const logs = [...monitor.log.partitions.values()].filter(({ ref }) => monitor.isLive(ref.topic));
  const messages = logs.flatMap((log) => log.from(0)).filter(({ expiresAtMs }) => expiresAtMs > world.nowMs);
  const to = world.pick<StartFrom>([
    "earliest",
    "latest",
    { timeMs: world.nowMs - world.between(0, 600_000) },
    ...(messages.length > 0 ? [{ id: world.pick(messages).id }] : []),
  ]);
  world.count("sought");
  await untilDone(deployment, functions, `seek ${subscription} to ${JSON.stringify(to)}`, async (engine) => {
    const topic = await engine.topics.get(name);
    const before = topic && monitor.seeks.ends(topic.uid);
    const sought = await seek(engine, name, subscription, to);
    if (before && sought.topic.uid === topic.uid) monitor.seeks.sought(sought, to, before);
  });
};

const retain: Change = async (deployment, functions, { name }) => {
  const retentionSeconds = deployment.world.pick([3_600, 7_200, 86_400]);
  deployment.world.count("retention-changed");
  await untilDone(deployment, functions, `retention ${retentionSeconds}`, (engine) =>
    changeTopic(engine, name, { retentionSeconds }),
  );
};

const narrow: Change = async (deployment, functions, { name }, { name: subscription }) => {
  const ackDeadlineSeconds = deployment.world.between(2, 40);
  await untilDone(deployment, functions, `deadline ${ackDeadlineSeconds}`, (engine) =>
    changeSubscription(engine, name, subscription, { ackDeadlineSeconds }),
  );
};

/** A limit that is lowered strands nothing. */
const limitAttempts: Change = async (deployment, functions, { name }, { name: subscription }) => {
  const maxAttempts = deployment.world.pick([1, 2, 3, 16]);
  await untilDone(deployment, functions, `attempts ${maxAttempts}`, (engine) =>
    changeSubscription(engine, name, subscription, { retry: { maxAttempts } }),
  );
};

/** Sends dead letters again, all of them or some; now and then deletes one, or all. */
const redriveSome: Change = async (deployment, functions, { name }, { name: subscription }) => {
  const { world } = deployment;
  await untilDone(deployment, functions, `redrive ${subscription}`, async (engine) => {
    const { items } = await listDeadLetters(engine, name, subscription, {}, { limit: 10 });
    const ids = items.map(({ id }) => id);
    if (world.chance(0.2)) return void (await purgeDeadLetters(engine, name, subscription));
    if (ids.length > 0 && world.chance(0.2))
      return await deleteDeadLetter(engine, name, subscription, world.pick(ids));
    if (ids.length > 0 && world.chance(0.5)) {
      const mend = { attributes: { [MENDED_ATTRIBUTE]: world.between(1, 1_000) } };
      return void (await redrive(engine, name, subscription, { kind: "mended", id: world.pick(ids), mend }));
    }
    const some = { kind: "ids", ids: ids.filter(() => world.chance(0.6)) } as const;
    return void (await redrive(engine, name, subscription, some, { dryRun: world.chance(0.1) }));
  });
};

/** Starts a job that sends dead letters again: all, some by id, or those that match, now and then slowly. */
const startJob: Change = async (deployment, functions, { name }, { name: subscription }) => {
  const { world } = deployment;
  const rate = world.pick([undefined, undefined, 0.2, 2, 50]);
  const pace = rate === undefined ? {} : { ratePerSecond: rate };
  const way = world.between(0, 3);
  await untilDone(deployment, functions, `job of ${subscription}`, async (engine) => {
    const selection = await selectionOf(engine, world, way, [name, subscription]);
    if (world.chance(0.1) && selection.kind !== "ids")
      return void (await wouldRedrive(engine, name, subscription, selection));
    await startRedrive(engine, name, subscription, { selection, ...pace });
  });
};

async function selectionOf(
  engine: Engine,
  world: World,
  way: number,
  [topic, subscription]: readonly [string, string],
): Promise<JobSelection> {
  if (way === 2) return { kind: "filter", filter: world.pick(FILTERS) };
  if (way < 3) return { kind: "all" };
  const { items } = await listDeadLetters(engine, topic, subscription, {}, { limit: 20 });
  return { kind: "ids", ids: items.map(({ id }) => id) };
}

const cancelJob: Change = async (deployment, functions, { name }, { name: subscription }) => {
  await untilDone(deployment, functions, `cancel job of ${subscription}`, async (engine) => {
    const { items } = await listRedriveJobs(engine, name, subscription, { limit: 1 });
    for (const { id } of items) await cancelRedriveJob(engine, name, subscription, id);
  });
};

/** Another filter, or none any more. */
const changeFilter: Change = async (deployment, functions, { name }, { name: subscription }) => {
  const { world } = deployment;
  const filter = world.chance(0.2) ? null : world.pick(FILTERS);
  world.count("filter-changed");
  await untilDone(deployment, functions, `filter ${filter}`, (engine) =>
    changeSubscription(engine, name, subscription, { filter }),
  );
};

/** Whether dead letters hold their keys from now on. */
const changeHold: Change = async (deployment, functions, { name }, { name: subscription }) => {
  const onDeadLetter = deployment.world.pick(["hold", "release"] as const);
  await untilDone(deployment, functions, `keys of ${subscription}: ${onDeadLetter}`, (engine) =>
    changeSubscription(engine, name, subscription, { deadLetter: { onDeadLetter } }),
  );
};

/** Another batch window of a pushed subscription, or none. */
const changeWindow: Change = async (deployment, functions, { name }, { name: subscription, push }) => {
  if (!push) return;
  const windowSeconds = deployment.world.pick([0, 1, 5, 12]);
  await untilDone(deployment, functions, `window of ${subscription}: ${windowSeconds} s`, (engine) =>
    changeSubscription(engine, name, subscription, { batch: { windowSeconds } }),
  );
};

/** Another secret of a webhook, and soon another one. */
const rotate: Change = async (deployment, functions, { name }, { name: subscription }) => {
  await untilDone(deployment, functions, `rotate ${subscription}`, async (engine) => {
    await rotateSecret(engine, name, subscription);
  });
};

/** Cancels some of what is scheduled: much of it is due at the same moment. */
const cancelSome: Change = async (deployment, functions, { name }) => {
  const { world, monitor } = deployment;
  const scheduled: string[] = [];
  await untilDone(deployment, functions, "scheduled", async (engine) => {
    const { items } = await listScheduled(engine, name, { limit: 10 });
    scheduled.push(...items.map(({ id }) => id));
  });
  for (const id of new Set(scheduled)) {
    if (!world.chance(0.4)) continue;
    if (world.chance(0.5)) await world.sleep(Math.max(0, (parseGivenId(id)?.timeMs ?? 0) - world.nowMs - 50));
    await untilDone(deployment, functions, `cancel ${id}`, async (engine) => {
      monitor.delayed.cancels(id);
      try {
        await cancelMessage(engine, id);
        monitor.delayed.said(id, "cancelled");
      } catch (error) {
        if (error instanceof AlreadyPublished) monitor.delayed.said(id, "already-published");
        throw error;
      }
    });
  }
};

const recreate: Change = async (deployment, functions, { name }, plan) => {
  await functions.invoke(
    "api",
    (engine) => deleteSubscription(engine, name, plan.name),
    `delete ${plan.name}`,
  );
  await deployment.world.sleep(deployment.world.between(0, 5_000));
  await untilDone(deployment, functions, `make ${plan.name}`, (engine) =>
    putSubscription(engine, name, plan.name, { ...plan.settings, from: plan.from }),
  );
};

/** With everything in it, under load: producers and consumers meet a topic that is gone, and then another one. */
const recreateTopic: Change = async (deployment, functions, topic) => {
  const { name, subscriptions } = topic;
  for (const plan of subscriptions) {
    await functions.invoke(
      "api",
      (engine) => deleteSubscription(engine, name, plan.name),
      `delete ${plan.name}`,
    );
  }
  deployment.world.count("topic-deleted");
  await functions.invoke("api", (engine) => deleteTopic(engine, name), `delete ${name}`);
  await untilDone(deployment, functions, `make ${name}`, (engine) =>
    putTopic(engine, name, settingsOf(topic)),
  );
  for (const plan of subscriptions) {
    await untilDone(deployment, functions, `make ${plan.name}`, (engine) =>
      putSubscription(engine, name, plan.name, { ...plan.settings, from: plan.from }),
    );
  }
};

const changeSchema: Change = async (deployment, functions, { name }) => {
  const schema = deployment.world.pick([STRICT, LOOSE]);
  deployment.monitor.schemas.sets(schema);
  await untilDone(deployment, functions, `schema of ${name} = ${schema}`, (engine) =>
    changeTopic(engine, name, { schema }),
  );
};

const CHANGES: Readonly<Record<ChangeKind, Change>> = {
  pause: pauseForAWhile,
  "pause-delivery": pauseDelivery,
  "pause-topic": pauseTopic,
  retention: retain,
  deadline: narrow,
  seek: seekSomewhere,
  attempts: limitAttempts,
  redrive: redriveSome,
  job: startJob,
  "cancel-job": cancelJob,
  ...REPLAYS,
  filter: changeFilter,
  settle: settleSome,
  rotate,
  schema: changeSchema,
  hold: changeHold,
  window: changeWindow,
  cancel: cancelSome,
  recreate,
  "recreate-topic": recreateTopic,
};
/** What needs something to change: messages for filters, webhooks for secrets, delayed messages to cancel, or keys. */
const SELDOM: readonly ChangeKind[] = ["filter", "rotate", "cancel", "schema", "hold", "window"];
/** Those that any run may have. */
const isAnyones = (kind: ChangeKind): boolean => !SELDOM.includes(kind) && !(kind in REPLAYS);
const CHANGE_KINDS = (Object.keys(CHANGES) as ChangeKind[]).filter(isAnyones);
