import { randomBytes } from "node:crypto";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Listening } from "../../cli/dev/listen.js";
import { aServer } from "./a-server.js";
import { type Terminal, type TerminalOptions, aTerminal } from "./a-terminal.js";

/** More than comes with its message. */
const LARGE = randomBytes(6_000_000);

let server: Listening;
beforeEach(async () => {
  server = await aServer();
});
afterEach(async () => await server.close());

async function withFilms(options: TerminalOptions = {}): Promise<Terminal> {
  const terminal = await aTerminal({ ...options, env: { SLUICE_API_URL: server.url } });
  await terminal.sluice("topics", "create", "films");
  await terminal.sluice("subscriptions", "create", "films", "archive");
  await writeFile(join(terminal.directory, "film.bin"), LARGE);
  return terminal;
}

it("GIVEN a large file WHEN it is published THEN it is uploaded, with its progress on standard error", async () => {
  const { directory, sluice } = await withFilms();
  const ran = await sluice("publish", "films", "--file", "film.bin", "--json");
  expect(ran.code).toBe(0);
  expect(ran.stderr).toMatch(/^(uploaded \d of 6 MB\n)+$/);
  const { id } = JSON.parse(ran.stdout) as { id: string };
  const received = await sluice("receive", "films", "archive", "--output", "copy.bin", "--json");
  expect(JSON.parse(received.stdout)).toMatchObject({ messages: [{ id, bodyBytes: LARGE.length }] });
  expect((await readFile(join(directory, "copy.bin"))).equals(LARGE)).toBe(true);
  expect((await readdir(directory)).sort()).toEqual(["copy.bin", "film.bin"]);
});

it("GIVEN a large body WHEN its message is shown THEN it is said where the body is", async () => {
  const { sluice } = await withFilms();
  const id = (await sluice("publish", "films", "--file", "film.bin")).stdout.trim();
  expect((await sluice("tail", "films")).stdout).toContain(
    `${LARGE.length} bytes at /v1/messages/${id}/body`,
  );
  expect((await sluice("get", id)).stdout).toContain(`bodyUrl: /v1/messages/${id}/body`);
});

it("GIVEN a body of any size WHEN it is asked for by its id THEN its bytes are written", async () => {
  const { directory, sluice } = await withFilms();
  const id = (await sluice("publish", "films", "--file", "film.bin")).stdout.trim();
  const small = (await sluice("publish", "films", '{"a": 1.50}')).stdout.trim();
  expect((await sluice("body", id)).bytes.equals(LARGE)).toBe(true);
  expect((await sluice("body", small)).stdout).toBe('{"a": 1.50}');
  const ran = await sluice("body", id, "--output", "other.bin", "--json");
  expect(JSON.parse(ran.stdout)).toEqual({ id, bytes: LARGE.length, output: "other.bin" });
  expect((await readFile(join(directory, "other.bin"))).equals(LARGE)).toBe(true);
  expect((await sluice("receive", "films", "archive", "--raw", "--ack")).bytes.equals(LARGE)).toBe(true);
});

it.each([
  [["body", "x", "--json"], "--json goes with --output", 2],
  [["receive", "films", "archive", "--output", "x", "--follow"], "--output and --follow", 2],
  [["publish", "films", "--file", "none"], "the file cannot be read", 1],
  [["body", "films.x.0.0"], "", 1],
] as const)("GIVEN %j WHEN it is run THEN it says what is wrong", async (args, words, code) => {
  const { sluice } = await withFilms();
  const ran = await sluice(...args);
  expect(ran.code).toBe(code);
  expect(ran.stderr).toContain(words);
});

it("GIVEN a file that cannot be written WHEN a body is asked for THEN that is said", async () => {
  const { sluice } = await withFilms();
  const id = (await sluice("publish", "films", "1")).stdout.trim();
  const ran = await sluice("body", id, "--output", "none/x");
  expect([ran.code, ran.stdout]).toEqual([1, ""]);
  expect(ran.stderr).toContain("the file cannot be written");
});

it("GIVEN a large body on standard input WHEN it is published THEN it is uploaded too", async () => {
  const { sluice } = await withFilms({ stdin: LARGE });
  const id = (await sluice("publish", "films", "--file", "-")).stdout.trim();
  expect((await sluice("body", id)).bytes.equals(LARGE)).toBe(true);
});
