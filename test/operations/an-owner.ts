import type { SubscriptionSettings } from "../../lib/domain/subscription.js";
import { append } from "../../lib/operations/log/append.js";
import type { Ports, Settings } from "../../lib/operations/engine.js";
import { findSubscription } from "../../lib/operations/lookup.js";
import { Signal } from "../../lib/operations/push/signal.js";
import { UNPACED } from "../../lib/operations/push/pacing.js";
import type { SupplyContext } from "../../lib/operations/push/supply.js";
import { aPush, retryAfter } from "./a-push.js";
import { aText } from "./a-deployment.js";

interface Owning {
  readonly settings?: Partial<SubscriptionSettings>;
  readonly process?: Partial<Settings>;
  readonly replace?: (ports: Ports) => Partial<Ports>;
}

/** What the only pump of a subscription works with; two messages to a delivery, unless it is said otherwise. */
export async function anOwner({ settings = {}, process = {}, replace = () => ({}) }: Owning = {}) {
  const push = await aPush({
    batch: { maxMessages: 2, maxBytes: 4_096, windowSeconds: 0 },
    ackDeadlineSeconds: 30,
    ...retryAfter(30),
    ...settings,
  });
  const engine = push.process(replace, process);
  const reader = await findSubscription(push.engine, "orders", "ship");
  const failures: string[] = [];
  const context: SupplyContext = {
    engine,
    reader,
    account: engine.budget.account(),
    signal: new Signal(push.clock),
    pacing: UNPACED,
    fail: (what) => failures.push(what),
  };
  const publishTo = (partition: number, ...texts: readonly string[]) =>
    append(
      push.engine,
      reader.topic,
      texts.map((text) => aText(text)),
      () => partition,
    );
  const progress = () => [...push.storage.progress.values()];
  return {
    ...push,
    context,
    reader,
    failures,
    publishTo,
    due: () => progress().flatMap(({ due }) => [...due.values()]),
    cursor: (partition = 0) => progress()[0]?.cursors.get(partition),
  };
}

export const textsOf = (batch: { readonly handed: readonly { readonly body: unknown }[] } | undefined) =>
  batch?.handed.map(({ body }) => String(body));
