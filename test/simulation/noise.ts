/** Text that does not compress away. */
export function noise(random: { nonce(): string }, length: number): string {
  let text = "";
  while (text.length < length) text += random.nonce().slice(6);
  return text;
}
