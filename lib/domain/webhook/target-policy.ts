import { type Block, addressKind, blockOf, isInBlock } from "./address.js";

/** Where this deployment's webhooks may go. */
export interface TargetPolicy {
  /** Also to this machine and its network, over http and to any port: for development only. */
  readonly allowPrivate: boolean;
  /** What is allowed beside the public internet. */
  readonly allowed: readonly AllowedTarget[];
}

/** An entry of a deployment's list: a block of addresses, or a name, whose addresses may then be private. */
export type AllowedTarget =
  | { readonly kind: "block"; readonly block: Block }
  /** `host` begins with `*.` for all names under it. `port`: beside the ports that are always allowed. */
  | { readonly kind: "host"; readonly host: string; readonly port?: number };

/** The host and port that a URL names. */
export interface Destination {
  /** In lower case; an IPv6 address without its brackets. */
  readonly host: string;
  readonly port: number;
}

export const PUBLIC_TARGETS: TargetPolicy = { allowPrivate: false, allowed: [] };

export const PORTS = [443, 8_443] as const;

/** A name on the list may lead here. */
const PRIVATE: ReadonlySet<string> = new Set(["private", "carrier-grade NAT"]);
/** Link-local addresses stay refused: a developer's machine in a cloud has a metadata service there. */
const LOCAL: ReadonlySet<string> = new Set([...PRIVATE, "loopback"]);

const HOST_ENTRY = /^((?:\*\.)?[a-z0-9._-]+)(?::(\d{1,5}))?$/;
const PORT_AT_MOST = 65_535;

/** Reads an entry of the list: `10.1.0.0/16`, `hooks.example.com`, `*.example.com` or `hooks.example.com:8444`. */
export function allowedTarget(text: string): AllowedTarget | undefined {
  const block = blockOf(text);
  if (block) return { kind: "block", block };
  const [, host, portText] = HOST_ENTRY.exec(text.toLowerCase()) ?? [];
  if (host === undefined) return undefined;
  if (portText === undefined) return { kind: "host", host };
  const port = Number(portText);
  return port > 0 && port <= PORT_AT_MOST ? { kind: "host", host, port } : undefined;
}

export function isAllowedHost({ allowed }: TargetPolicy, { host }: Destination): boolean {
  return allowed.some((entry) => entry.kind === "host" && isUnder(entry.host, host));
}

export function isAllowedPort({ allowPrivate, allowed }: TargetPolicy, { host, port }: Destination): boolean {
  if (allowPrivate || PORTS.some((one) => one === port)) return true;
  return allowed.some((entry) => entry.kind === "host" && entry.port === port && isUnder(entry.host, host));
}

const isUnder = (entry: string, host: string): boolean =>
  entry.startsWith("*.") ? host.endsWith(entry.slice(1)) : host === entry;

/** What an address is that must not be connected to; undefined if it may be. The address itself is not told on. */
export function forbiddenKind(
  address: string,
  policy: TargetPolicy,
  destination: Destination,
): string | undefined {
  const kind = addressKind(address);
  if (kind === "public" || (policy.allowPrivate && LOCAL.has(kind))) return undefined;
  if (policy.allowed.some((entry) => entry.kind === "block" && isInBlock(address, entry.block)))
    return undefined;
  return PRIVATE.has(kind) && isAllowedHost(policy, destination) ? undefined : kind;
}
