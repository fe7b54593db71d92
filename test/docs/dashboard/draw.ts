/** What is drawn of a widget. Places and sizes are in cells of the dashboard's grid, 24 of which make its width. */
export interface DrawnWidget {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly title: string;
  /** What its lines are called. */
  readonly lines: readonly string[];
  /** The unit, if it says one. */
  readonly unit?: string;
}

const COLUMNS = 24;
const CELL = { width: 40, height: 34 };
const GAP = 5;
const PAD = 12;
const TITLE = { size: 14, y: 22 };
const LEGEND = { size: 11, y: 42, step: 16, mark: 9 };
const FROM_BOTTOM = 30;
const GRID_LINES = 4;
const INK = "#16191f";
const GREY = "#5f6b7a";
const LINE = "#d5dbdb";
/** As CloudWatch has them. */
const COLOURS = ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f"];

/** The dashboard's layout: what each of its graphs is called, and what its lines are. It has no data, so no curves. */
export function dashboardPicture(widgets: readonly DrawnWidget[]): string {
  const width = COLUMNS * CELL.width;
  const height = Math.max(...widgets.map((one) => one.y + one.height)) * CELL.height;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif">`,
    `<rect width="${width}" height="${height}" fill="#f2f3f3"/>`,
    ...widgets.map(drawn),
    "</svg>",
    "",
  ].join("\n");
}

function drawn(widget: DrawnWidget): string {
  const width = widget.width * CELL.width - GAP;
  const height = widget.height * CELL.height - GAP;
  return [
    `<g transform="translate(${widget.x * CELL.width} ${widget.y * CELL.height})">`,
    `<rect width="${width}" height="${height}" rx="4" fill="#fff" stroke="${LINE}"/>`,
    text(PAD, TITLE.y, { size: TITLE.size, fill: INK }, widget.title),
    ...(widget.unit
      ? [text(width - PAD, TITLE.y, { size: LEGEND.size, fill: GREY, anchor: "end" }, widget.unit)]
      : []),
    ...widget.lines.map(legend),
    ...gridBelow(LEGEND.y + widget.lines.length * LEGEND.step, width, height),
    "</g>",
  ].join("");
}

const legend = (label: string, index: number): string => {
  const y = LEGEND.y + index * LEGEND.step;
  const fill = COLOURS[index % COLOURS.length];
  return (
    `<rect x="${PAD}" y="${y - LEGEND.mark}" width="${LEGEND.mark}" height="${LEGEND.mark}" fill="${fill}"/>` +
    text(PAD + LEGEND.mark + GAP, y, { size: LEGEND.size, fill: GREY }, label)
  );
};

function gridBelow(top: number, width: number, height: number): readonly string[] {
  const bottom = height - FROM_BOTTOM / 2;
  const step = (bottom - top) / GRID_LINES;
  if (step <= 0) return [];
  const lines = Array.from(
    { length: GRID_LINES },
    (_, at) => `M${PAD} ${Math.round(bottom - at * step)}H${width - PAD}`,
  );
  return [`<path d="${lines.join("")}" stroke="${LINE}" fill="none"/>`];
}

interface Style {
  readonly size: number;
  readonly fill: string;
  readonly anchor?: string;
}

const text = (x: number, y: number, { size, fill, anchor }: Style, content: string): string =>
  `<text x="${x}" y="${y}" font-size="${size}" fill="${fill}"${anchor ? ` text-anchor="${anchor}"` : ""}>` +
  `${escaped(content)}</text>`;

const escaped = (content: string): string =>
  content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
