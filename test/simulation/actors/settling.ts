import type { MessageState, OpenMessage } from "../../../lib/domain/open-message.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { listOpenMessages } from "../../../lib/operations/manage/open-messages.js";
import { type OperatorSettlement, settleMessage } from "../../../lib/operations/manage/settle-message.js";
import type { World } from "../world.js";
import { type Change, untilDone } from "./change.js";

const MESSAGES_AT_MOST = 4;
const PAGE = { limit: 20 };

/** Looks at what has not ended, and has the last word on some of it. */
export const settleSome: Change = async (deployment, functions, { name }, { name: subscription }) => {
  const { world, monitor } = deployment;
  for (let left = world.between(1, MESSAGES_AT_MOST); left > 0; left--) {
    await untilDone(deployment, functions, `settle one of ${subscription}`, async (engine) => {
      const message = await openOne(engine, world, name, subscription, left);
      if (!message) return;
      const settlement = world.pick<OperatorSettlement>([
        { outcome: "ack" },
        { outcome: "ack" },
        { outcome: "reject", error: "by an operator" },
        { outcome: "retry", delaySeconds: world.pick([0, 0, 1, 20]) },
      ]);
      const found = await findSubscription(engine, name, subscription);
      const word = monitor.operators.says(found.subscription, message.id, settlement.outcome);
      await settleMessage(engine, name, subscription, message.id, settlement);
      if (word) monitor.operators.told(word);
    });
  }
};

/** One that has not ended, of a state that there is. */
async function openOne(
  engine: Engine,
  world: World,
  topic: string,
  subscription: string,
  turn: number,
): Promise<OpenMessage | undefined> {
  for (const state of statesFrom(world.between(0, 2), turn)) {
    const { items } = await listOpenMessages(engine, topic, subscription, state, PAGE);
    if (items.length > 0) return world.pick(items);
  }
  return undefined;
}

/** What records hold in turns, so that this takes nothing from the seed's chances. */
function statesFrom(first: number, turn: number): readonly MessageState[] {
  const inRecords = (["retrying", "parked", "held"] as const).map(
    (_, at, all) => all[(at + turn) % all.length] as MessageState,
  );
  const groups: readonly MessageState[][] = [["waiting"], ["leased"], inRecords];
  return [...groups.slice(first), ...groups.slice(0, first)].flat();
}
