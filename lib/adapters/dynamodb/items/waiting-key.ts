import type { Beside, WaitingIn } from "../../../domain/beside.js";

type Waiting = Pick<Beside & { readonly kind: "take" }, "from" | "group" | "place">;

/** In the state table delayed messages lie among everything else; the outbox has nothing but its own. */
const PREFIX: Readonly<Record<WaitingIn, string>> = { delayed: "delayed#", outbox: "" };

/** The key of an item that waits for its place in the log. */
export const waitingKey = ({ from, group, place }: Waiting) => ({ pk: PREFIX[from] + group, sk: place });
