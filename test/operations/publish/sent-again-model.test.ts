/*
 * A small world, for docs/decisions/0064-a-first-try-that-costs-nothing.md: one request that is tried twice, and
 * another writer. Each try is a plain put at the next offset of a partition, so it lands if that place is still free,
 * however late.
 */

/** Who tries, and what each of them knows before its put. */
interface Rule {
  readonly partitions: number;
  /** Whether the first looks through the whole log, as it begins, for what the other has stored; the later one does. */
  readonly firstLooks: boolean;
  /** Whether who loses a race looks at each slot that has won, before it puts its own behind them. */
  readonly losersLook: boolean;
}

type Slot = "ours" | "others";
type Try =
  | { readonly at: "sent" }
  | { readonly at: "putting"; readonly partition: number; readonly offset: number }
  | { readonly at: "answered" };

interface State {
  readonly logs: readonly (readonly Slot[])[];
  readonly tries: readonly [first: Try, later: Try];
  readonly othersLeft: number;
}

const answered: Try = { at: "answered" };
const appended = (logs: State["logs"], partition: number, slot: Slot): State["logs"] =>
  logs.map((log, at) => (at === partition ? [...log, slot] : log));
const endOf = (logs: State["logs"], partition: number): number => logs[partition]?.length ?? 0;

/** What a try may do next: begin, in any partition, or have its put carried out. */
function nextTries(
  rule: Rule,
  { logs }: State,
  own: Try,
  isFirst: boolean,
): readonly (readonly [Try, State["logs"]])[] {
  if (own.at === "answered") return [];
  if (own.at === "sent") {
    const isKnown = (rule.firstLooks || !isFirst) && logs.some((log) => log.includes("ours"));
    if (isKnown) return [[answered, logs]];
    return logs.map((_, partition) => [{ at: "putting", partition, offset: endOf(logs, partition) }, logs]);
  }
  const { partition, offset } = own;
  if (endOf(logs, partition) === offset) return [[answered, appended(logs, partition, "ours")]];
  const hasWon = (logs[partition] ?? []).slice(offset);
  if (rule.losersLook && hasWon.includes("ours")) return [[answered, logs]];
  return [[{ at: "putting", partition, offset: endOf(logs, partition) }, logs]];
}

function successors(rule: Rule, state: State): readonly State[] {
  const { logs, tries, othersLeft } = state;
  const [first, later] = tries;
  return [
    ...nextTries(rule, state, first, true).map(([own, after]): State => ({
      ...state,
      logs: after,
      tries: [own, later],
    })),
    ...nextTries(rule, state, later, false).map(([own, after]): State => ({
      ...state,
      logs: after,
      tries: [first, own],
    })),
    ...(othersLeft === 0
      ? []
      : logs.map((_, at): State => ({
          ...state,
          logs: appended(logs, at, "others"),
          othersLeft: othersLeft - 1,
        }))),
  ];
}

/** How often the request is stored, in each state that any order leads to. */
function timesStored(rule: Rule): ReadonlySet<number> {
  const logs = Array.from({ length: rule.partitions }, (): readonly Slot[] => []);
  const waiting: State[] = [{ logs, tries: [{ at: "sent" }, { at: "sent" }], othersLeft: 2 }];
  const seen = new Set<string>();
  const times = new Set<number>();
  for (let state = waiting.pop(); state; state = waiting.pop()) {
    const name = JSON.stringify(state);
    if (seen.has(name)) continue;
    seen.add(name);
    if (state.tries.every(({ at }) => at === "answered"))
      times.add(state.logs.flat().filter((slot) => slot === "ours").length);
    waiting.push(...successors(rule, state));
  }
  return times;
}

it.each([
  [
    "once or twice",
    "only the later one looks",
    { partitions: 1, firstLooks: false, losersLook: true },
    [1, 2],
  ],
  [
    "once or twice",
    "who loses goes on at the tail",
    { partitions: 1, firstLooks: true, losersLook: false },
    [1, 2],
  ],
  [
    "once or twice",
    "there are two partitions",
    { partitions: 2, firstLooks: true, losersLook: true },
    [1, 2],
  ],
  [
    "once",
    "all look at all that is before their place",
    { partitions: 1, firstLooks: true, losersLook: true },
    [1],
  ],
] as const)("stores a request that is tried twice %s, where %s", (_times, _rule, rule, expected) => {
  expect([...timesStored(rule)].sort()).toEqual(expected);
});
