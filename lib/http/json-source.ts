import type { FieldProblem } from "../domain/errors.js";
import { isExact } from "../domain/exact-number.js";
import { JSON_DEPTH_LIMIT, pastString } from "../domain/json-walk.js";

/** No field of a request is nested deeper, so the walk may recurse. */
const FIELD_DEPTH = 8;
const INEXACT = "is a number with more digits than a double holds: send it as a string";

/** A value as its sender wrote it. */
export interface Source {
  readonly text: string;
  /** Levels of arrays and objects; 0 for a number or text. */
  readonly depth: number;
}

/** What JSON.parse does not keep of a request's body. */
export interface JsonSource {
  /** The source text of the values to keep, by path. */
  readonly kept: ReadonlyMap<string, Source>;
  /** All other numbers that a double cannot hold exactly. */
  readonly inexact: readonly FieldProblem[];
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const OPEN_OBJECT = 0x7b;
const CLOSE_ARRAY = 0x5d;
const CLOSE_OBJECT = 0x7d;
const PLAIN = /[\w+.-]*/y;

/**
 * Walks JSON text again for what JSON.parse does not keep. JSON.parse has accepted `text`, so the walk needs no checks
 * and is a few times faster than a library's. As in JSON.parse, the last of equal keys wins.
 */
export function jsonSource(text: string, isKept: (path: string) => boolean = () => false): JsonSource {
  const walk = new Walk(text, isKept);
  walk.value("", 0);
  const found = walk.found.filter((one) => one !== undefined);
  return {
    kept: new Map(found.flatMap(({ path, source }) => (source ? [[path, source]] : []))),
    inexact: found.filter(({ source }) => !source).map(({ path }) => ({ path, detail: INEXACT })),
  };
}

/** Why a valid JSON text is refused for its nesting; undefined if it is not. */
export const nestingProblem = (text: string): string | undefined =>
  depthProblem(new Walk(text, () => false).skipValue());

export const depthProblem = (depth: number): string | undefined =>
  depth > JSON_DEPTH_LIMIT ? `is nested deeper than ${JSON_DEPTH_LIMIT} levels` : undefined;

/** A value to keep; without `source`, a number that is not exact. */
interface Finding {
  readonly path: string;
  readonly source?: Source;
}

class Walk {
  readonly found: (Finding | undefined)[] = [];
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly isKept: (path: string) => boolean,
  ) {}

  value(path: string, depth: number): void {
    this.skipSpace();
    const start = this.at;
    const first = this.text.charCodeAt(start);
    if (this.isKept(path)) {
      const levels = this.skipValue();
      const source = { text: this.text.slice(start, this.at), depth: levels };
      this.found.push({ path, source });
    } else if (depth < FIELD_DEPTH && first === OPEN_OBJECT) this.object(path, depth + 1);
    else if (depth < FIELD_DEPTH && first === OPEN_ARRAY) this.array(path, depth + 1);
    else {
      this.skipValue();
      if (isNumberStart(first) && !isExact(this.text.slice(start, this.at))) this.found.push({ path });
    }
  }

  private object(path: string, depth: number): void {
    /** For each key, which part of `found` belongs to its value. */
    const places = new Map<string, readonly [from: number, to: number]>();
    this.members(CLOSE_OBJECT, () => {
      const start = this.at;
      this.skipString();
      const key = JSON.parse(this.text.slice(start, this.at)) as string;
      this.found.fill(undefined, ...(places.get(key) ?? [0, 0]));
      this.skipSpace();
      this.at++; // the colon
      const from = this.found.length;
      this.value(path === "" ? key : `${path}.${key}`, depth);
      places.set(key, [from, this.found.length]);
    });
  }

  private array(path: string, depth: number): void {
    let index = 0;
    this.members(CLOSE_ARRAY, () => this.value(`${path}[${index++}]`, depth));
  }

  /** Reads from the opening bracket past the closing one. */
  private members(close: number, member: () => void): void {
    this.at++;
    this.skipSpace();
    while (this.text.charCodeAt(this.at) !== close) {
      member();
      this.skipSpace();
      if (this.text.charCodeAt(this.at) === COMMA) {
        this.at++;
        this.skipSpace();
      }
    }
    this.at++;
  }

  /** Skips one value and returns its depth. Counts instead of recursing: a value may be millions of levels deep. */
  skipValue(): number {
    this.skipSpace();
    let open = 0;
    let deepest = 0;
    do {
      const code = this.text.charCodeAt(this.at);
      if (code === QUOTE) this.skipString();
      else if (code === OPEN_ARRAY || code === OPEN_OBJECT) {
        deepest = Math.max(deepest, ++open);
        this.at++;
      } else if (code === CLOSE_ARRAY || code === CLOSE_OBJECT) {
        open--;
        this.at++;
      } else if (open > 0) this.at++;
      else this.skipPlain();
    } while (open > 0);
    return deepest;
  }

  private skipString(): void {
    this.at = pastString(this.text, this.at);
  }

  /** A number, true, false or null. */
  private skipPlain(): void {
    PLAIN.lastIndex = this.at;
    this.at += PLAIN.exec(this.text)?.[0].length ?? 0;
  }

  private skipSpace(): void {
    while (this.text.charCodeAt(this.at) <= 0x20) this.at++;
  }
}

const isNumberStart = (code: number): boolean => code === 0x2d || (code >= 0x30 && code <= 0x39);
