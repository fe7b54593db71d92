import { z } from "zod";
import { type Diagnosis, type Finding, type SluiceClient, SluiceProblem } from "../lib/client/index.js";
import { Count, command } from "./command.js";
import { CommandFailed } from "./context.js";
import { tableOf } from "./table.js";

/** Of one request: a table grows as it comes. */
const LOOKS = 100;
/** More pages than any deployment has, so that a faulty server cannot keep the command running for ever. */
const PAGES_LIMIT = 10_000;

export const doctor = command({
  usage: "doctor [topic]",
  summary: "Look for what is wrong, and say what to do; exit code 1 if anything is",
  options: [["--max-age <seconds>", "how old a message may be that is not done; default 300"]],
  input: z.object({ topic: z.string().optional(), maxAge: Count.optional() }),
  run: async ({ client, input: { topic, maxAge }, context, json, result }) => {
    const tell = (looks: number): void => {
      if (!json) context.stderr(`looked at ${looks} topics and subscriptions\n`);
    };
    const asked = {
      ...(topic === undefined ? {} : { topic }),
      ...(maxAge === undefined ? {} : { maxAgeSeconds: maxAge }),
    };
    const { looked, findings } = await wholeDiagnosis(await client(), asked, tell);
    const { topics, subscriptions } = looked;
    await result(
      { looked, findings },
      findings.length > 0
        ? tableOf(HEADINGS, findings.map(rowOf))
        : `nothing is wrong (topics looked at: ${topics}, subscriptions: ${subscriptions})`,
    );
    const count = findings.filter(({ level }) => level === "wrong").length;
    if (count > 0) throw new CommandFailed(count === 1 ? "1 thing is wrong" : `${count} things are wrong`);
  },
});

const HEADINGS = ["LEVEL", "TOPIC", "SUBSCRIPTION", "SINCE", "WHAT", "WHAT TO DO"];

const rowOf = ({ level, topic, subscription, since, what, advice }: Finding): readonly string[] => [
  ...[level, topic ?? "-", subscription ?? "-", since ?? "-"],
  ...[what, advice],
];

/** All pages together. `tell` hears of how many looks there were, if there are more to come. */
async function wholeDiagnosis(
  api: SluiceClient,
  asked: { readonly topic?: string; readonly maxAgeSeconds?: number },
  tell: (looks: number) => void,
): Promise<Pick<Diagnosis, "looked" | "findings">> {
  const findings: Finding[] = [];
  const looked = { topics: 0, subscriptions: 0 };
  let cursor: string | undefined;
  for (let pages = 1; pages <= PAGES_LIMIT; pages++) {
    const page = await allowed(
      api.diagnose({ ...asked, limit: LOOKS, ...(cursor === undefined ? {} : { cursor }) }),
    );
    findings.push(...page.findings);
    looked.topics += page.looked.topics;
    looked.subscriptions += page.looked.subscriptions;
    cursor = page.nextCursor;
    if (cursor === undefined) break;
    tell(looked.topics + looked.subscriptions);
  }
  return { looked, findings };
}

async function allowed<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof SluiceProblem) || error.status !== 403) throw error;
    throw new CommandFailed(`${error.message}: grantDoctor allows this, of the queue or of one topic`);
  }
}
