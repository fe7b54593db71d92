/** Whether a double holds a number exactly, in whatever form it was written. */
export function isExact(literal: string): boolean {
  const value = String(Number(literal));
  return value === literal || canonical(value) === canonical(literal);
}

function canonical(number: string): string {
  const parts = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(number);
  if (!parts) return number;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = parts;
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  if (digits === "") return "0";
  const significant = digits.slice(0, endWithoutZeros(digits));
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}

/** A loop, because a pattern that ends in `0+$` takes quadratic time on a million zeros. */
function endWithoutZeros(digits: string): number {
  let end = digits.length;
  while (digits[end - 1] === "0") end--;
  return end;
}
