const SECOND_MS = 1_000;
const WIDTH = 860;
const LEFT = 64;
const RIGHT = 24;
const UPPER = { top: 34, height: 250 };
const LOWER = { top: 336, height: 90 };
const HEIGHT = 474;
const ARRIVALS = "#c2410c";
const DELIVERIES = "#1d4ed8";
const GREY = "#6b7280";

export interface Sale {
  /** When orders were answered, and when the back end took them; in milliseconds since the sale began. */
  readonly arrivedMs: readonly number[];
  readonly takenMs: readonly number[];
  readonly bearsPerSecond: number;
}

interface Panel {
  readonly top: number;
  readonly height: number;
  readonly most: number;
}

/** Above: orders that came in, and those that the back end took, counted up. Below: how many it got in each second. */
export function plotOf({ arrivedMs, takenMs, bearsPerSecond }: Sale): string {
  const seconds = Math.max(1, Math.ceil(Math.max(...arrivedMs, ...takenMs, 0) / SECOND_MS));
  const xOf = (second: number): number => LEFT + (second / seconds) * (WIDTH - LEFT - RIGHT);
  const upper = { ...UPPER, most: Math.max(arrivedMs.length, takenMs.length, 1) };
  const lower = { ...LOWER, most: 1.2 * bearsPerSecond };
  const perSecond = countsOf(takenMs, seconds);
  const bars = perSecond.map((count, second) => bar(lower, xOf(second), xOf(second + 1), count));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    ...frame(upper, "orders", ticks(upper.most)),
    line(upper, xOf, countsOf(arrivedMs, seconds), ARRIVALS),
    line(upper, xOf, perSecond, DELIVERIES),
    text(xOf(seconds * 0.2), UPPER.top + 16, ARRIVALS, "answered: the buyer's order is stored"),
    text(xOf(seconds * 0.5), UPPER.top + UPPER.height * 0.72, DELIVERIES, "taken by the back end"),
    ...frame(lower, "a second", [bearsPerSecond]),
    `<g fill="${DELIVERIES}" fill-opacity="0.75">${bars.join("")}</g>`,
    `<path d="M${LEFT} ${yOf(lower, bearsPerSecond)}H${WIDTH - RIGHT}" stroke="${ARRIVALS}" stroke-dasharray="5 4"/>`,
    text(LEFT + 6, round(yOf(lower, bearsPerSecond) - 4), ARRIVALS, `it bears ${bearsPerSecond} a second`),
    ...ticks(seconds).map((second) => text(xOf(second), HEIGHT - 28, GREY, String(second), "middle")),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, GREY, "seconds since the sale began", "middle"),
    "</svg>",
    "",
  ].join("\n");
}

const round = (value: number): number => Math.round(value * 10) / 10;

const yOf = ({ top, height, most }: Panel, value: number): number =>
  round(top + height * (1 - Math.min(1, value / most)));

function countsOf(timesMs: readonly number[], seconds: number): readonly number[] {
  const counts = Array.from({ length: seconds }, () => 0);
  for (const ms of timesMs) {
    const second = Math.min(seconds - 1, Math.max(0, Math.floor(ms / SECOND_MS)));
    counts[second] = (counts[second] ?? 0) + 1;
  }
  return counts;
}

/** Round numbers up to `most`, four or five of them. */
function ticks(most: number): readonly number[] {
  const rough = most / 5;
  const power = 10 ** Math.floor(Math.log10(Math.max(1, rough)));
  const step = [1, 2, 5, 10].map((times) => times * power).find((one) => one >= rough) ?? power;
  return Array.from({ length: Math.floor(most / step) }, (_, index) => (index + 1) * step);
}

/** Counts up what each second brought. */
function line(
  panel: Panel,
  xOf: (second: number) => number,
  counts: readonly number[],
  colour: string,
): string {
  let sum = 0;
  const points = counts.map((count, second) => {
    sum += count;
    return `L${round(xOf(second + 1))} ${yOf(panel, sum)}`;
  });
  const path = `M${round(xOf(0))} ${yOf(panel, 0)}${points.join("")}`;
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2.5"/>`;
}

const bar = (panel: Panel, from: number, to: number, count: number): string => {
  const y = yOf(panel, count);
  const height = round(panel.top + panel.height - y);
  return `<rect x="${round(from)}" y="${y}" width="${round(Math.max(0.5, to - from - 1))}" height="${height}"/>`;
};

function frame(panel: Panel, what: string, marks: readonly number[]): readonly string[] {
  const bottom = panel.top + panel.height;
  return [
    `<path d="M${LEFT} ${panel.top - 8}V${bottom}H${WIDTH - RIGHT}" fill="none" stroke="${GREY}"/>`,
    text(LEFT - 8, panel.top - 14, GREY, what, "end"),
    ...marks.map((mark) =>
      text(LEFT - 8, round(yOf(panel, mark) + 4), GREY, mark.toLocaleString("en"), "end"),
    ),
  ];
}

const text = (x: number, y: number, colour: string, words: string, anchor = "start"): string =>
  `<text x="${round(x)}" y="${round(y)}" fill="${colour}" text-anchor="${anchor}">${words}</text>`;
