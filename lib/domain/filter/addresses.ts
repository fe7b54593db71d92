import ipaddr from "ipaddr.js";

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** EventBridge knows these spellings only: no hexadecimal or shortened IPv4, no dots within IPv6, no zone. */
const IPV4 = /^(?=.{7,15}$)\d+\.\d+\.\d+\.\d+$/;
const IPV6 = /^[\da-fA-F:]*:[\da-fA-F:]*$/;
const LEADING_ZEROS = /(^|[.:])0+(?=[\da-fA-F])/g;
const BLOCK = /^([^/]*)\/(\d{1,3})$/;
const BITS = { ipv4: 32, ipv6: 128 };

/** The address that a text spells; an IPv4 address inside IPv6 is the IPv4 address. undefined for any other text. */
export function addressOf(text: string): Address | undefined {
  if (!IPV4.test(text) && !IPV6.test(text)) return undefined;
  // EventBridge reads 010 as ten, where others read eight.
  const plain = text.replace(LEADING_ZEROS, "$1");
  return ipaddr.isValid(plain) ? ipaddr.process(plain) : undefined;
}

export const isSameAddress = (one: Address, other: Address): boolean =>
  one.kind() === other.kind() && one.toString() === other.toString();

/** A block of addresses, such as 10.0.0.0/8. */
export interface AddressBlock {
  readonly base: Address;
  readonly maskBits: number;
}

/** Reads a block, or says what is wrong with it. */
export function addressBlock(text: string): AddressBlock | { readonly wrong: string } {
  const [, address = "", bits = ""] = BLOCK.exec(text) ?? [];
  const base = addressOf(address);
  if (!base) return { wrong: "must be a block of IP addresses such as 10.0.0.0/8 or 2001:db8::/32" };
  const most = BITS[base.kind()] - 1;
  const maskBits = Number(bits);
  if (maskBits > most) {
    return { wrong: `must have at most ${most} bits after the "/"; write one address as a plain value` };
  }
  return { base, maskBits };
}

export const isInBlock = (address: Address, { base, maskBits }: AddressBlock): boolean =>
  address.kind() === base.kind() && address.match(base, maskBits);
