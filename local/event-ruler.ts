import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT, WORK } from "./paths.js";
import { run } from "./process.js";
import { withLock } from "./python.js";

const SOURCES = join(ROOT, "test", "domain", "filter", "event-ruler");
const JARS = join(WORK, "event-ruler");
const COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";

/** A pattern of EventBridge and an event, both as JSON text. */
export interface PatternAndEvent {
  readonly pattern: string;
  readonly event: string;
}

/** `yes`, `no`, `refused: ` and why, or `failed: ` if its automaton threw an error of its own. */
export type RulerVerdict = string;

/** AWS's own implementation of event patterns. */
export type EventRuler = (pairs: readonly PatternAndEvent[]) => Promise<readonly RulerVerdict[]>;

/** Whether a file or a command is there. */
const isDone = (attempt: Promise<unknown>): Promise<boolean> =>
  attempt.then(
    () => true,
    () => false,
  );

/** What keeps it from running here; undefined if nothing does. It compiles a Java source, so it needs a JDK. */
export async function eventRulerNeeds(): Promise<string | undefined> {
  if (!(await isDone(run("javac", ["-version"])))) return "event-ruler needs a JDK, which is not installed";
  if (await isDone(stat(JARS))) return undefined;
  return (await isDone(run("mvn", ["-version"])))
    ? undefined
    : "event-ruler is fetched by Maven, which is not installed";
}

/** Fetches event-ruler and what it needs, once. */
export async function prepareEventRuler(): Promise<EventRuler> {
  await mkdir(WORK, { recursive: true });
  if (!(await isDone(stat(JARS)))) await withLock(JARS, fetchJars);
  return ask;
}

async function fetchJars(): Promise<void> {
  if (await isDone(stat(JARS))) return;
  const unfinished = `${JARS}.new`;
  await rm(unfinished, { recursive: true, force: true });
  const pom = join(SOURCES, "pom.xml");
  await run("mvn", ["--batch-mode", "--quiet", "--file", pom, COPY, `-DoutputDirectory=${unfinished}`]);
  await rename(unfinished, JARS);
}

const ask: EventRuler = async (pairs) => {
  const folder = await mkdtemp(join(tmpdir(), "sluice-event-ruler-"));
  try {
    const [given, answered] = [join(folder, "pairs"), join(folder, "verdicts")];
    await writeFile(given, pairs.map((pair) => `${JSON.stringify(pair)}\n`).join(""));
    const source = join(SOURCES, "Compare.java");
    await run("java", ["-XX:-UsePerfData", "--class-path", join(JARS, "*"), source, given, answered]);
    return (await readFile(answered, "utf8")).trimEnd().split("\n");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
