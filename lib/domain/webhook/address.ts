import ipaddr from "ipaddr.js";

/** All that the IANA has given out for the public internet. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR("2000::/3");
/** Azure's metadata service, which has an address of the public internet. */
const METADATA = "168.63.129.16";

const WORDS: Readonly<Record<string, string>> = {
  carrierGradeNat: "carrier-grade NAT",
  linkLocal: "link-local",
  uniqueLocal: "private",
  ipv4Mapped: "IPv4-mapped",
  rfc6145: "IPv4-translated",
  rfc6052: "NAT64",
  deprecatedSiteLocal: "site-local",
  unicast: "public",
};

/**
 * What an address is: `public`, or else why it is not, in words (`private`, `loopback`, …). Whatever is not known to be
 * public is not: an IPv6 address that holds an IPv4 address leads wherever that one does, so all of these are refused.
 * @param text an address as DNS or a socket gives it: four decimal numbers, or IPv6
 */
export function addressKind(text: string): string {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) {
    return text === METADATA ? "metadata" : inWords(ipaddr.IPv4.parse(text).range());
  }
  if (!ipaddr.IPv6.isValid(text)) return "unreadable";
  const address = ipaddr.IPv6.parse(text);
  const kind = inWords(address.range());
  return kind === "public" && !address.match(GLOBAL_IPV6) ? "reserved" : kind;
}

const inWords = (range: string): string => WORDS[range] ?? range;

/** A block of addresses, such as 10.0.0.0/8. */
export type Block = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/** undefined if the text is not a block. */
export function blockOf(text: string): Block | undefined {
  return ipaddr.isValidCIDR(text) ? ipaddr.parseCIDR(text) : undefined;
}

export function isInBlock(text: string, [base, bits]: Block): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.parse(text);
  return address.kind() === base.kind() && address.match([base, bits]);
}
