import { plotOf } from "../../../examples/flash-sale/plot.js";

const every = (ms: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => index * ms);

describe("the plot of a sale", () => {
  it("has a bar for each second, as high as what the back end got in it", () => {
    const plot = plotOf({ arrivedMs: every(1, 100), takenMs: every(25, 100), bearsPerSecond: 50 });
    expect(plot).not.toMatch(/NaN|Infinity/);
    const heights = [...plot.matchAll(/<rect x="[\d.]+" y="[\d.]+" width="[\d.]+" height="([\d.]+)"/g)];
    // 90 high for 60 a second: forty in each of the first two, twenty in the last half.
    expect(heights.map(([, height]) => Number(height))).toEqual([60, 60, 30]);
  });

  it("is drawn of a sale to which nobody came", () => {
    const plot = plotOf({ arrivedMs: [], takenMs: [], bearsPerSecond: 50 });
    expect(plot).toMatch(/^<svg .*<\/svg>\n$/s);
    expect(plot).not.toMatch(/NaN|Infinity/);
  });
});
