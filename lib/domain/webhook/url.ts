import ipaddr from "ipaddr.js";
import {
  type Destination,
  PORTS,
  type TargetPolicy,
  forbiddenKind,
  isAllowedHost,
  isAllowedPort,
} from "./target-policy.js";

export const URL_LIMIT_CHARACTERS = 2_048;

/** Printable ASCII without a space or a backslash: parsers differ on what they make of anything else. */
const PLAIN = /^[\x21-\x5b\x5d-\x7e]+$/;
const SCHEME_AND_AUTHORITY = /^(https?):\/\/([^/?#]+)/i;
const DEFAULT_PORTS = { http: 80, https: 443 } as const;
/** Names that never lead to the public internet. What others lead to is known when they are connected to. */
const LOCAL_ENDINGS =
  /(^|\.)(localhost|localdomain|local|internal|intranet|private|corp|home|lan|arpa|onion|test|invalid)$/;

/** A URL that may be delivered to, as far as its text tells. */
export interface CheckedUrl {
  /** In its canonical spelling. */
  readonly href: string;
  readonly destination: Destination;
}

/** Checks a webhook's URL: `wrong` says what to change. Names are looked up, and checked again, at each connect. */
export function checkedUrl(text: string, policy: TargetPolicy): CheckedUrl | { readonly wrong: string } {
  const wrong = spellingProblem(text, policy);
  if (wrong !== undefined) return { wrong };
  const url = new URL(text);
  const scheme = url.protocol === "http:" ? "http" : "https";
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const destination = { host, port: url.port === "" ? DEFAULT_PORTS[scheme] : Number(url.port) };
  const problem = destinationProblem(destination, policy);
  return problem === undefined ? { href: url.href, destination } : { wrong: problem };
}

function spellingProblem(text: string, policy: TargetPolicy): string | undefined {
  if (text.length > URL_LIMIT_CHARACTERS) return `must have at most ${URL_LIMIT_CHARACTERS} characters`;
  if (!PLAIN.test(text)) {
    return "must have no spaces, backslashes or characters outside ASCII: encode them as %20, or a name as xn--…";
  }
  const [, scheme = "", authority = ""] = SCHEME_AND_AUTHORITY.exec(text) ?? [];
  if (authority === "") return "must be a URL such as https://example.com/hooks";
  if (scheme.toLowerCase() === "http" && !policy.allowPrivate) return "must begin with https://";
  if (authority.includes("@")) return "must have no user name or password: use a header instead";
  if (text.includes("#")) return 'must have no fragment ("#…"): it would never be sent';
  if (!URL.canParse(text))
    return "must be a URL such as https://example.com/hooks: its host or port is not valid";
  const given = authority.toLowerCase().replace(/:\d*$/, "");
  const { hostname } = new URL(text);
  const isOdd = !hostname.startsWith("[") && given !== hostname;
  return isOdd ? `must spell its host as it is read: ${hostname}` : undefined;
}

function destinationProblem(destination: Destination, policy: TargetPolicy): string | undefined {
  const { host, port } = destination;
  if (!isAllowedPort(policy, destination)) {
    return `must use port ${PORTS.join(" or ")}: port ${port} has to be allowed by the deployment`;
  }
  if (ipaddr.isValid(host)) {
    const kind = forbiddenKind(host, policy, destination);
    return kind === undefined ? undefined : `must lead to the public internet: its address is ${kind}`;
  }
  if (policy.allowPrivate || isAllowedHost(policy, destination)) return undefined;
  const isPublicName = host.includes(".") && !host.endsWith(".") && !LOCAL_ENDINGS.test(host);
  return isPublicName ? undefined : "must lead to the public internet: its host is a local name";
}
