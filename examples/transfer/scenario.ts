import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { SluiceClient, SluiceProblem } from "../../lib/client/index.js";
import { Bank, type BankTables } from "./bank.js";
import { SUBSCRIPTION, TIMEOUT_SECONDS, TOPIC } from "./names.js";
import { accountsOf, transfersOf } from "./plan.js";
import { type TransferReport, reportOf } from "./report.js";
import { Troupe } from "./troupe.js";

export interface DeployedTransfer extends BankTables {
  readonly apiUrl: string;
}

export interface TransferOptions {
  readonly transfers: number;
  readonly accounts: number;
  /** There are so many publishes, however many transfers there are, so that there is time for every trouble. */
  readonly publishes: number;
  /** Between one publish and the next. */
  readonly gapMs: number;
  /** Between one trouble and the next. */
  readonly everyMs: number;
  readonly say: (text: string) => void;
}

export interface TimedReport extends TransferReport {
  readonly tookMs: number;
}

const PATIENCE_MS = 100_000;
const LOOK_EVERY_MS = 250;
const DOWN_MS = 3_000;
/** Longer than what it has in its hands waits for an answer. */
const STILL_MS = TIMEOUT_SECONDS * 1_000 + 1_000;

/** Money is transferred among accounts while everything goes wrong; then all of it is counted. */
export async function runTransfers(
  deployed: DeployedTransfer,
  options: TransferOptions,
): Promise<TimedReport> {
  const { transfers, accounts, publishes, gapMs, everyMs, say } = options;
  const startedMs = Date.now();
  const isLate = (): boolean => Date.now() - startedMs > PATIENCE_MS;
  const [bank, queue] = [new Bank(deployed), new SluiceClient({ apiUrl: deployed.apiUrl, auth: "none" })];
  const before = accountsOf(accounts);
  await bank.open(before);
  const port = await freePort();
  const secret = await subscribe(queue, `http://127.0.0.1:${port}/transfers`);
  const together = Math.ceil(transfers / publishes);
  const troupe = new Troupe(
    { ...deployed, transfers, accounts, together, gapMs },
    { ...deployed, port, secret },
  );
  try {
    say(`${transfers} transfers among ${accounts} accounts ...`);
    for (const trouble of troubles(troupe, say)) {
      await pause(everyMs);
      if (troupe.isPublished || isLate()) break;
      await trouble();
    }
    say("all is published; the receiver catches up ...");
    while ((await leftOf(queue)) > 0 && !isLate()) await pause(LOOK_EVERY_MS);
    const outcome = { before, planned: transfersOf(transfers, accounts), ...(await bank.all()) };
    const report = reportOf({ ...outcome, left: await leftOf(queue) }, troupe.happened);
    return { ...report, tookMs: Date.now() - startedMs };
  } finally {
    await troupe.ends();
  }
}

/** One after the other, again and again. */
function* troubles(troupe: Troupe, say: (text: string) => void): Generator<() => Promise<void>> {
  const trouble = (what: string, happens: () => unknown) => async (): Promise<void> => {
    say(`${troupe.published} are published; ${what}`);
    await happens();
  };
  for (;;) {
    yield trouble("the receiver throws", () => troupe.receiverFails("throws", 3));
    yield trouble("the receiver crashes after a write, before its answer", () =>
      troupe.receiverFails("crashes", 1),
    );
    yield trouble("the publisher is killed after a write, before its publish", () =>
      troupe.publisherDiesAt("begun"),
    );
    yield trouble("the receiver is slow", () => troupe.receiverFails("slow", 3));
    yield trouble("the receiver is down", () => troupe.receiverIsDown(DOWN_MS));
    yield trouble("the publisher is killed after a publish, before it knows", () =>
      troupe.publisherDiesAt("published"),
    );
    yield trouble("the receiver fails after its writes", () => troupe.receiverFails("throws-after-write", 3));
    yield trouble("the receiver stands still", () => troupe.receiverStandsStill(STILL_MS));
  }
}

/** Returns the secret that its requests are signed with. */
async function subscribe(queue: SluiceClient, url: string): Promise<string> {
  await queue.deleteSubscription(TOPIC, SUBSCRIPTION).catch((error: unknown) => {
    if (!(error instanceof SluiceProblem && error.status === 404)) throw error;
  });
  const { secret } = await queue.putSubscription(TOPIC, SUBSCRIPTION, {
    target: { type: "https", url, connectTimeoutSeconds: 1, timeoutSeconds: TIMEOUT_SECONDS },
    ackDeadlineSeconds: 10,
    retry: { minBackoffSeconds: 1, maxBackoffSeconds: 2 },
  });
  if (secret === undefined) throw new Error("a new webhook has a secret");
  return secret;
}

/** Messages that nobody has acknowledged. */
async function leftOf(queue: SluiceClient): Promise<number> {
  const { state } = await queue.getSubscription(TOPIC, SUBSCRIPTION);
  return state.backlog + state.inFlight + state.retrying + state.deadLetters;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
