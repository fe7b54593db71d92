import { type LookupAddress, type LookupAllOptions, lookup as systemLookup } from "node:dns";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { LookupFunction, Socket } from "node:net";
import { type Destination, type TargetPolicy, forbiddenKind } from "../../domain/webhook/target-policy.js";

/** A target that the policy does not allow. Its address is not told: callers could look up internal names with it. */
export class TargetForbidden extends Error {
  constructor(kind: string) {
    super(`leads to an address that is ${kind}: webhooks go to the public internet`);
  }
}

/** Finds all addresses of a name. */
export type LookupAll = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * A lookup for sockets that checks what it finds. The socket connects to just these addresses, so a name that leads
 * elsewhere a moment later changes nothing. One forbidden address is enough to refuse: a name of the public internet
 * has none.
 */
export function checkedLookup(
  policy: TargetPolicy,
  port: number,
  lookupAll: LookupAll = systemLookup,
): LookupFunction {
  return (host, options, callback) => {
    lookupAll(host, { ...options, all: true }, (error, addresses) => {
      const fault = error ?? faultOf(policy, { host, port }, addresses);
      const [first] = addresses ?? [];
      if (fault || !first) callback(fault ?? new Error("has no address"), [], 0);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

function faultOf(
  policy: TargetPolicy,
  destination: Destination,
  addresses: readonly LookupAddress[],
): Error | undefined {
  for (const { address } of addresses) {
    const kind = forbiddenKind(address, policy, destination);
    if (kind !== undefined) return new TargetForbidden(kind);
  }
  return undefined;
}

/** Ends a connection that leads elsewhere after all, before anything is sent. */
export function checkConnected(socket: Socket, policy: TargetPolicy, destination: Destination): void {
  socket.once("connect", () => {
    const kind = forbiddenKind(socket.remoteAddress ?? "", policy, destination);
    if (kind !== undefined) socket.destroy(new TargetForbidden(kind));
  });
}

const IDLE_MS = 30_000;
const FREE_SOCKETS = 64;

/** Connections that are kept for the next delivery, and those for a delivery that found its kept one closed. */
export interface Agents {
  readonly kept: HttpAgent;
  readonly fresh: HttpAgent;
}

export function agentsFor(protocol: string): Agents {
  const kept = { keepAlive: true, maxFreeSockets: FREE_SOCKETS, timeout: IDLE_MS } as const;
  if (protocol === "http:") return { kept: new HttpAgent(kept), fresh: new HttpAgent() };
  const tls = { rejectUnauthorized: true } as const;
  return { kept: new HttpsAgent({ ...kept, ...tls }), fresh: new HttpsAgent(tls) };
}
