import { acknowledgePrinted } from "../../cli/acknowledge-printed.js";
import { OutputClosed } from "../../cli/output.js";

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);

interface Printed {
  readonly acknowledged: readonly number[];
  readonly back: readonly number[];
  readonly steps: readonly string[];
}

/** `leavesAt` is the message that the reader reads last: the write that begins after it fails. */
async function printed(
  messages: readonly number[],
  options: { readonly isPiped?: boolean; readonly leavesAt?: number; readonly stopAt?: number } = {},
): Promise<Printed> {
  const { isPiped = true, leavesAt = Infinity, stopAt = Infinity } = options;
  const acknowledged: number[] = [];
  const back: number[] = [];
  const steps: string[] = [];
  const stop = new AbortController();
  const range = (group: readonly number[]): string => `${group[0]}-${group.at(-1)}`;
  const work = acknowledgePrinted(messages, {
    isPiped,
    stopped: stop.signal,
    print: (group) => {
      if ((group[0] ?? 0) > leavesAt) return Promise.reject(new OutputClosed());
      steps.push(`print ${range(group)}`);
      if (group.includes(stopAt)) stop.abort();
      return Promise.resolve();
    },
    acknowledge: (group) => {
      steps.push(`ack ${range(group)}`);
      acknowledged.push(...group);
      return Promise.resolve();
    },
    giveBack: (group) => {
      back.push(...group);
      return Promise.resolve();
    },
  });
  if (leavesAt < messages.length || stopAt < messages.length) {
    await expect(work).rejects.toBeInstanceOf(OutputClosed);
  } else await work;
  return { acknowledged, back, steps };
}

it("GIVEN a pipe WHEN messages are printed THEN a group is acknowledged after the next one's write", async () => {
  const { steps } = await printed(upTo(10));
  expect(steps).toEqual([
    "print 1-1",
    "ack 1-1",
    "print 2-2",
    "print 3-4",
    "ack 2-2",
    "print 5-8",
    "ack 3-4",
    "print 9-10",
    "ack 5-8",
    "ack 9-10",
  ]);
});

it("GIVEN 900 messages WHEN the reader leaves after one THEN it is acknowledged and 899 go back", async () => {
  const { acknowledged, back } = await printed(upTo(900), { leavesAt: 1 });
  expect(acknowledged).toEqual([1]);
  expect(back).toEqual(upTo(900).slice(1));
});

it.each([1, 2, 3, 4, 5, 8, 10, 20, 64, 65, 100, 128, 500])(
  "GIVEN a reader that leaves after %i WHEN it does THEN nothing unread is settled",
  async (leavesAt) => {
    const { acknowledged, back } = await printed(upTo(900), { leavesAt });
    expect(Math.max(...acknowledged)).toBeLessThanOrEqual(leavesAt);
    expect([...acknowledged, ...back]).toEqual(upTo(900));
  },
);

it("GIVEN a file or a terminal WHEN messages are printed THEN one write and one request do", async () => {
  const { steps } = await printed(upTo(900), { isPiped: false });
  expect(steps).toEqual(["print 1-900", "ack 1-900"]);
});

it("GIVEN Ctrl-C WHEN some are printed THEN no more are, and what is not acknowledged goes back", async () => {
  const { acknowledged, back, steps } = await printed(upTo(100), { stopAt: 4 });
  expect(steps.at(-1)).toBe("ack 2-2");
  expect([...acknowledged, ...back]).toEqual(upTo(100));
});

it("GIVEN many messages in a pipe WHEN they are printed THEN requests stay few", async () => {
  const { steps } = await printed(upTo(1_000));
  expect(steps.filter((step) => step.startsWith("ack")).length).toBeLessThanOrEqual(23);
});
