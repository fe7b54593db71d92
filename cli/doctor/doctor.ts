import { z } from "zod";
import { type SluiceClient, SluiceProblem, type Topic } from "../../lib/client/index.js";
import { allPages } from "../all-pages.js";
import { Count, command } from "../command.js";
import { CommandFailed } from "../context.js";
import { tableOf } from "../table.js";
import { type Finding, note, wrong } from "./finding.js";
import { subscriptionFindings } from "./subscription.js";
import { type AboutTopic, topicFindings } from "./topic.js";

const MAX_AGE_SECONDS = 300;
/** Requests under way at once: a look must not be what is wrong. */
const AT_ONCE = 8;
const TOLD_EVERY = 100;

export const doctor = command({
  usage: "doctor [topic]",
  summary: "Look for what is wrong, and say what to do; exit code 1 if anything is",
  options: [["--max-age <seconds>", `how old a message may be that is not done; default ${MAX_AGE_SECONDS}`]],
  input: z.object({ topic: z.string().optional(), maxAge: Count.optional() }),
  run: async ({ client, input: { topic: name, maxAge = MAX_AGE_SECONDS }, context, json, result }) => {
    const api = await client();
    const topics =
      name === undefined ? await allPages((page) => api.listTopics(page)) : [await api.getTopic(name)];
    const looks = await looksAt(api, topics, maxAge);
    const tell = (done: number): void => {
      if (!json && done % TOLD_EVERY === 0) context.stderr(`looked at ${done} of ${looks.length}\n`);
    };
    const findings = (await inTurns(looks, tell)).flat();
    const subscriptions = looks.length - topics.length;
    await result(
      { looked: { topics: topics.length, subscriptions }, findings },
      findings.length > 0
        ? tableOf(HEADINGS, findings.map(rowOf))
        : `nothing is wrong (topics looked at: ${topics.length}, subscriptions: ${subscriptions})`,
    );
    const count = findings.filter(({ level }) => level === "wrong").length;
    if (count > 0) throw new CommandFailed(count === 1 ? "1 thing is wrong" : `${count} things are wrong`);
  },
});

const HEADINGS = ["LEVEL", "TOPIC", "SUBSCRIPTION", "WHAT", "WHAT TO DO"];

const rowOf = ({ level, topic, subscription, what, advice }: Finding): readonly string[] => [
  level,
  topic,
  subscription ?? "-",
  what,
  advice,
];

type Look = () => Promise<readonly Finding[]>;

/** One for each topic and each subscription. */
async function looksAt(
  api: SluiceClient,
  topics: readonly Topic[],
  maxAge: number,
): Promise<readonly Look[]> {
  const looks: Look[] = [];
  for (const topic of topics) {
    looks.push(
      checked({ topic: topic.name }, async () =>
        topicFindings(topic, ...(await aboutTopic(api, topic, maxAge))),
      ),
    );
    for (const { name } of await allPages((page) => api.listSubscriptions(topic.name, page)))
      looks.push(
        checked({ topic: topic.name, subscription: name }, async () =>
          subscriptionFindings(topic, await api.getSubscription(topic.name, name), maxAge),
        ),
      );
  }
  return looks;
}

async function aboutTopic(api: SluiceClient, { name }: Topic, maxAgeSeconds: number) {
  const first = { limit: 1 };
  const [schedules, scheduled, refused, waiting] = await Promise.all([
    allPages((page) => api.schedules(name).list(page)),
    api.scheduled(name, first),
    api.listOutbox(name, { ...first, state: "refused" }),
    api.listOutbox(name, { ...first, state: "waiting" }),
  ]);
  const about: AboutTopic = {
    nextDelayed: scheduled.items[0],
    refused: refused.items[0],
    inOutbox: waiting.items[0],
    schedules,
  };
  return [about, { nowMs: Date.now(), maxAgeSeconds }] as const;
}

/** What cannot be looked at is a finding, and hides nothing else. */
const checked =
  (
    where: Pick<Finding, "topic" | "subscription">,
    look: () => Promise<readonly Pick<Finding, "level" | "what" | "advice">[]>,
  ): Look =>
  async () => {
    try {
      return (await look()).map((finding) => ({ ...where, ...finding }));
    } catch (error) {
      if (!(error instanceof SluiceProblem)) throw error;
      // Deleted meanwhile.
      if (error.status === 404) return [];
      const what = `it cannot be looked at: ${error.message}`;
      const found =
        error.status === 403
          ? note(what, "grantLook, grantSchedule and grantReadOutbox allow these requests")
          : wrong(what, "look at the log of the API");
      return [{ ...where, ...found }];
    }
  };

async function inTurns(
  looks: readonly Look[],
  tell: (done: number) => void,
): Promise<(readonly Finding[])[]> {
  const found: (readonly Finding[])[] = [];
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < looks.length; index = next++) {
      found[index] = await (looks[index] as Look)();
      tell(++done);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found;
}
