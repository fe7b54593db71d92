import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "esbuild";
import { FUNCTIONS_DIRECTORY_CONTEXT } from "../../cdk/function-code.js";
import { SluiceClient } from "../../lib/client/index.js";
import { type Outputs, deploy, emulatedApiUrl } from "../../local/deploy.js";
import { ROOT } from "../../local/paths.js";
import { bundleFunctions } from "../../scripts/bundle-functions.js";
import { endpointIn } from "../adapters/endpoint.js";
import { STACK, TOPIC } from "../upgrade/a-stack.js";
import { released, unpackReleased } from "../upgrade/released.js";
import { deliveriesIn, doneIn } from "./deliveries.js";
import { eventually } from "./eventually.js";

jest.setTimeout(300_000);

const KIND = process.env.SLUICE_E2E_EMULATOR === "localstack" ? "rest" : "http";
const STAGE = { rest: "prod", http: "$default" }[KIND];
const EVERY_MS = 200;
const PATIENCE_MS = 120_000;
const KEYS = ["anna", "ben", "cleo"];

const endpointUrl = endpointIn(["SLUICE_E2E_ENDPOINT"], "AWS endpoint");
let folder: string;
let deployIt: (release: "before" | "now") => Promise<Outputs>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-upgrade-"));
  const [before] = await Promise.all([
    unpackReleased(released()),
    bundleFunctions(join(folder, "now")),
    build({
      entryPoints: [join(ROOT, "test", "e2e", "functions", "recorder.ts")],
      outfile: join(folder, "recorder", "index.js"),
      bundle: true,
      platform: "node",
      target: "node20",
      format: "cjs",
    }),
  ]);
  const common = { endpoint: KIND, recorder: join(folder, "recorder") };
  const contexts = {
    before: { ...common, released: before },
    now: { ...common, [FUNCTIONS_DIRECTORY_CONTEXT]: join(folder, "now") },
  };
  deployIt = (release) =>
    deploy({ app: "test/upgrade/app.ts", stack: STACK, endpointUrl, context: contexts[release] });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Publishes one after the other, and receives, until it is told to end. */
function load(client: SluiceClient) {
  const received = new Map<string, number[]>();
  let published = 0;
  let isOver = false;
  const publish = async (): Promise<void> => {
    for (; !isOver; published++) {
      const key = KEYS[published % KEYS.length] ?? "";
      await client.publish(TOPIC, [{ body: { n: published }, key, dedupId: `n-${published}` }]);
      await sleep(EVERY_MS);
    }
  };
  const receive = async (): Promise<void> => {
    while (!isOver || [...received.values()].flat().length < published) {
      const messages = await client.receive(TOPIC, "audit", { waitSeconds: 1, maxMessages: 10 });
      if (messages.length === 0) continue;
      await client.ack(TOPIC, "audit", messages);
      for (const { key = "", body } of messages) {
        const { n } = body as { readonly n: number };
        const known = received.get(key) ?? [];
        if (!known.includes(n)) received.set(key, [...known, n]);
      }
    }
  };
  const running = Promise.all([publish(), receive()]);
  return {
    received,
    end: async (): Promise<number> => {
      isOver = true;
      await running;
      return published;
    },
  };
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const storageOf = ({ LogTableIs, StateTableIs, OutboxTableIs, BucketIs, QueueApiIdIs }: Outputs) => ({
  ...{ LogTableIs, StateTableIs, OutboxTableIs, BucketIs, QueueApiIdIs },
});

it("GIVEN load WHEN the release before is updated to this one and back THEN nothing is lost or replaced", async () => {
  // GIVEN
  const before = await deployIt("before");
  const apiUrl = emulatedApiUrl(endpointUrl, before["QueueApiIdIs"] ?? "", STAGE);
  const under = load(new SluiceClient({ apiUrl, auth: "none" }));
  // WHEN
  const after = await deployIt("now");
  await sleep(2_000);
  const back = await deployIt("before");
  const published = await under.end();
  // THEN
  expect(storageOf(after)).toEqual(storageOf(before));
  expect(storageOf(back)).toEqual(storageOf(before));
  for (const [index, key] of KEYS.entries())
    expect(under.received.get(key)).toEqual(upTo(published).filter((n) => n % KEYS.length === index));
  const deliveries = deliveriesIn(endpointUrl, before["DeliveriesTable"] ?? "");
  const done = await eventually(
    `${published} messages pushed`,
    () => deliveries.of(TOPIC, "warehouse"),
    (all) => doneIn(all).length >= published,
    PATIENCE_MS,
  );
  expect(doneIn(done)).toEqual(upTo(published));
});
