interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string | undefined;
}

/** More pages than any deployment has, so that a faulty server cannot keep the command running for ever. */
const PAGES_LIMIT = 10_000;
const PAGE = 100;

/** All of a list, or its first `atMost`. */
export async function allPages<T>(
  read: (page: { limit: number; cursor?: string }) => Promise<Page<T>>,
  atMost = Infinity,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  for (let pages = 1; pages <= PAGES_LIMIT; pages++) {
    const limit = Math.min(PAGE, atMost - items.length);
    if (limit <= 0) break;
    const page = await read({ limit, ...(cursor === undefined ? {} : { cursor }) });
    items.push(...page.items);
    cursor = page.nextCursor;
    if (cursor === undefined) break;
  }
  return items;
}
