import type { Plan } from "./plan.js";

/** The same where who is pushed to, or consumes through the client library, has an inbox. */
export function withInbox(plan: Plan): Plan {
  const { subscriptions } = plan.topic;
  const inboxes = subscriptions.flatMap(({ name, push, pull }) =>
    push || pull.every(({ client }) => client) ? [name] : [],
  );
  return { ...plan, inboxes };
}
