/** What RFC 3986 lets stand in a path without an escape. */
const NOT_PLAIN = /[^A-Za-z0-9\-._~!$&'()*+,;=:@/]/u;

/**
 * Why a path is refused, if it is. No name needs an escape, and each of these is read as another path by somebody on
 * the way: IAM would match one topic and the API would serve another.
 */
export function pathProblem(path: string): string | undefined {
  if (!path.startsWith("/")) return 'does not start with "/"';
  const odd = NOT_PLAIN.exec(path)?.[0];
  if (odd !== undefined) return `must not contain ${JSON.stringify(odd)}: no name here needs an escape`;
  if (path.includes("//")) return 'must not contain "//"';
  const hasDots = path.split("/").some((segment) => segment === "." || segment === "..");
  return hasDots ? 'must not contain "." or ".." as a segment' : undefined;
}
