/**
 * Several networks of one recipe, which differ in their seeds, and their vote.
 *
 * @module
 */
import { io, type nn } from "@glim/glim";
import type { Outcome } from "../interrupt.ts";
import { print } from "../print.ts";
import { reportHtml } from "../report/report.ts";
import { runReport, weightsHash } from "../report/run_report.ts";
import {
  createFolder,
  isFinished,
  lockRun,
  readConfig,
  replaceText,
  sweep,
} from "../run_folder.ts";
import { checkResult } from "../schemas.ts";
import { resumeLine } from "../setting.ts";
import { evaluate } from "../training.ts";
import { besideEnsemble, besideTable } from "./beside.ts";
import { configOf, type Desk, networkTitle } from "./desk.ts";
import { type Result, trainSingle } from "./single.ts";
import { Vote } from "./vote.ts";

/**
 * Trains the networks one after the other, each into a folder of its own below the run's, and lets
 * them vote by the mean of their probabilities.
 */
export async function runEnsemble(desk: Desk): Promise<Outcome> {
  const { options: { ensemble, seed, out }, pictures, signal, say } = desk;
  using _lock = desk.resume === undefined
    ? await createFolder(out, { ...configOf(desk, seed, out), ensemble })
    : await lockRun(out);
  if (desk.resume !== undefined) await sweep(out);
  const config = await readConfig(out);
  const folders = Array.from({ length: ensemble }, (_, i) => `${out}/seed-${seed + i}`);
  const members: Result[] = [];
  for (const [i, folder] of folders.entries()) {
    const isBegun = !signal.aborted;
    if (isBegun) {
      const before = await readResult(folder);
      const note = before === undefined ? "" : ": trained before";
      say(`network ${i + 1} of ${ensemble}, seed ${seed + i}${note}`);
      const result = before ?? await trainSingle(desk, seed + i, folder);
      if (result !== undefined) {
        members.push(result);
        say("");
        continue;
      }
    }
    const done = folders.slice(0, i).join(", ");
    // A network that is interrupted says it itself.
    const hint = isBegun ? "" : `; ${resumeLine(out, desk.options.arch)} goes on`;
    print(
      `interrupted with ${i} of ${ensemble} networks trained` +
        (i > 0 ? `: they are in ${done}` : "") + hint,
    );
    return "interrupted";
  }
  const began = performance.now();
  using vote = await voteOf(desk, folders);
  const dev = await evaluate(vote, pictures.dev);
  const test = await evaluate(vote, pictures.test);
  const ofAll = members.reduce((sum, { seconds }) => sum + seconds, 0);
  const result: Result = { dev, test, seconds: ofAll + (performance.now() - began) / 1000 };
  await replaceText(`${out}/result.json`, JSON.stringify({ ...result, members }, null, 2) + "\n");
  print(memberTable(members, seed));
  const beside = besideEnsemble(desk);
  print(besideTable(result, beside));
  const report = {
    name: `${ensemble} networks: ${networkTitle(desk.options)}`,
    taken: { name: "the vote", devAccuracy: dev.accuracy },
    members: members.map(({ dev, test, seconds }, i) => ({
      name: `seed ${seed + i}`,
      dev: dev.accuracy,
      test: test.accuracy,
      seconds,
    })),
    beside,
    config,
    model: vote,
    set: { ...pictures, name: desk.set.name },
    test,
    hashes: await Promise.all(
      folders.map(async (folder, i) =>
        weightsHash(await Deno.readFile(`${folder}/weights.safetensors`), `seed-${seed + i}/`)
      ),
    ),
    seconds: result.seconds,
  };
  await replaceText(`${out}/report.html`, await reportHtml(runReport(report)));
  const files = ": config.json, result.json, report.html, and a folder for each network";
  print(`\n${out}${desk.options.quiet ? "" : files}`);
  return "done";
}

/** What a network of an interrupted ensemble is worth; undefined where it is not finished. */
async function readResult(folder: string): Promise<Result | undefined> {
  if (!await isFinished(folder)) return undefined;
  const path = `${folder}/result.json`;
  return checkResult(JSON.parse(await Deno.readTextFile(path)), `read ${path}`);
}

/** The trained networks out of their folders, as one. */
async function voteOf({ network, pictures }: Desk, folders: readonly string[]): Promise<Vote> {
  const networks: nn.Module[] = [];
  for (const folder of folders) {
    const model = network(pictures);
    networks.push(model);
    const weights = await io.loadSafetensors(`${folder}/weights.safetensors`);
    model.loadStateDict(weights);
    for (const tensor of weights.values()) tensor[Symbol.dispose]();
  }
  return new Vote(networks);
}

/** Each network's accuracies. */
function memberTable(members: readonly Result[], seed: number): string {
  return members.map(({ dev, test }, i) =>
    `seed ${seed + i}: dev ${dev.accuracy.toFixed(4)}, test ${test.accuracy.toFixed(4)}`
  ).join("\n");
}
