// `pnpm proof`: the measurements that the README's tables come from, on virtual time, with seeds.
// Results go to stdout, progress to stderr. `pnpm proof table`, `pauses` or `churn` runs one part;
// without an argument each runs in a process of its own.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { plainSwim } from "../src/config.ts";
import { churn } from "./churn.ts";
import { detection, expectedRounds, lockstepRounds } from "./detection.ts";
import { underLoss, underPauses } from "./false-positives.ts";
import { halves } from "./healing.ts";
import { dissemination, traffic } from "./traffic.ts";

const SIZES = [8, 32, 128, 512, 1_000];
const CRASHES = 400;
const LOCKSTEP_CRASHES = 250;
const CHURN_HOURS = 3_000;
const HOURS_PER_SEED = 5;

let missed = 0;

function target(sentence: string, isMet: boolean): void {
  if (!isMet) missed++;
  console.log(`${isMet ? "met   " : "MISSED"}  ${sentence}`);
}

function row(...cells: (string | number)[]): void {
  console.log(`| ${cells.join(" | ")} |`);
}

function table(): void {
  row(
    "members",
    "first probe",
    "in lockstep, random (theory)",
    "suspicion later",
    "dead everywhere",
    "news everywhere",
    "messages",
    "bytes",
    "suspected / dead at 5 % loss",
    "halves healed",
  );
  row(...Array<string>(10).fill("---"));
  const news: number[] = [];
  const messages: number[] = [];
  const checks: [string, boolean][] = [];
  for (const n of SIZES) {
    console.error(`${n} members …`);
    const found = detection(n, CRASHES, 1);
    const lockstep = lockstepRounds(n, LOCKSTEP_CRASHES, 1);
    const theory = expectedRounds(n);
    const spread = dissemination(n, 30, 1);
    const quiet = traffic(n, 300, 1);
    const lossy = underLoss(n, 1_000, 1);
    const healed = halves(n, 1);
    const healedSeconds = healed.healedMs === undefined ? "never" : healed.healedMs / 1_000;
    row(
      n,
      `${found.firstProbe.mean.toFixed(2)} ± ${found.firstProbe.error.toFixed(2)}`,
      `${lockstep.mean.toFixed(2)} ± ${lockstep.error.toFixed(2)} (${theory.toFixed(2)})`,
      found.suspicion.mean.toFixed(2),
      `${found.deadEverywhere.mean.toFixed(1)}, at most ${found.deadEverywhere.max.toFixed(1)}`,
      `${spread.mean.toFixed(1)}, at most ${spread.max.toFixed(1)}`,
      quiet.messages.toFixed(2),
      quiet.bytes.toFixed(0),
      `${lossy.suspicions} / ${lossy.deaths}`,
      `${healedSeconds} s, ${healed.deathsWhileHealing} deaths`,
    );
    news.push(spread.mean);
    messages.push(quiet.messages);
    checks.push(
      [`${n}: every one of ${CRASHES} crashes noticed by all`, found.detectedByAll === CRASHES],
      [`${n}: first probe within 1.15 periods on average`, found.firstProbe.mean <= 1.15],
      [`${n}: lockstep within 15 % of theory`, Math.abs(lockstep.mean / theory - 1) <= 0.15],
      [`${n}: nobody declared dead in 1,000 member-hours at 5 % loss`, lossy.deaths === 0],
      [`${n}: halves heal`, healed.divided && healed.healedMs !== undefined],
    );
  }
  console.log(
    "\nTimes in protocol periods; messages and bytes of one member in one period, at rest.\n",
  );
  for (const [sentence, isMet] of checks) target(sentence, isMet);
  const slopes = news.map((periods, i) => periods / Math.log(SIZES[i]! + 1));
  const list = slopes.map((slope) => slope.toFixed(2)).join(", ");
  target(`news takes c · ln(n + 1) periods, c = ${list}`, Math.max(...slopes) <= 1.25 * slopes[0]!);
  target("messages do not grow with n", Math.max(...messages) <= 1.05 * Math.min(...messages));
}

function pauses(): void {
  const [members, disturbed, hours] = [128, 8, 4];
  console.log(`\n${members} members, ${disturbed} of them starved or paused, ${hours} hours:\n`);
  row("", "healthy members suspected", "declared dead", "declarations");
  row("---", "---", "---", "---");
  const variants = [
    ["SWIM alone", plainSwim],
    ["with Lifeguard as published", { forgiveOwnPauses: false }],
    ["and own pauses forgiven (the default)", {}],
  ] as const;
  const deaths = variants.map(([name, config]) => {
    console.error(`${name} …`);
    const report = underPauses(members, disturbed, hours, config, 1);
    row(name, report.suspicions, report.deaths, report.declarations);
    return report.deaths;
  });
  console.log("");
  const [without, published, ours] = deaths as [number, number, number];
  target("20 times fewer false positives with Lifeguard as published", published * 20 <= without);
  target("20 times fewer false positives with the default", ours * 20 <= without);
}

function churns(): void {
  const convergenceMs: number[] = [];
  const violations: string[] = [];
  let [virtualMs, faults, healings] = [0, 0, 0];
  let seed = 0;
  while (virtualMs < CHURN_HOURS * 3_600_000) {
    const report = churn(++seed, HOURS_PER_SEED);
    virtualMs += report.virtualMs;
    faults += report.faults;
    healings += report.healings;
    convergenceMs.push(...report.convergenceMs);
    violations.push(...report.violations);
    if (seed % 20 === 0)
      console.error(`churn: ${(virtualMs / 3_600_000).toFixed(0)} virtual hours`);
  }
  convergenceMs.sort((a, b) => a - b);
  const seconds = (share: number): string =>
    (convergenceMs[Math.floor(share * (convergenceMs.length - 1))]! / 1_000).toFixed(1);
  console.log(
    `\nChurn: ${(virtualMs / 3_600_000).toFixed(0)} virtual hours over ${seed} seeds, clusters of 5 to 16, ` +
      `${faults} faults, ${healings} healings.\nFrom healing to true and equal views: median ${seconds(0.5)} s, ` +
      `99 % ${seconds(0.99)} s, at most ${seconds(1)} s.\n`,
  );
  for (const violation of violations) console.log(violation);
  target("views true after every healing, no incarnation went back", violations.length === 0);
}

/** Runs this script for one part; resolves to what it printed. */
function inOwnProcess(part: string): Promise<{ output: string; failed: boolean }> {
  return new Promise((resolve, reject) => {
    const args = [...process.execArgv, fileURLToPath(import.meta.url), part];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ output, failed: code !== 0 }));
  });
}

const parts: Readonly<Record<string, () => void>> = { table, pauses, churn: churns };
const [part] = process.argv.slice(2);
if (part === undefined) {
  const results = await Promise.all(Object.keys(parts).map(inOwnProcess));
  for (const { output } of results) process.stdout.write(output);
  missed = results.filter(({ failed }) => failed).length;
} else if (parts[part] === undefined) {
  throw new RangeError(`there is no part "${part}", only ${Object.keys(parts).join(", ")}`);
} else {
  parts[part]();
}
process.exitCode = missed === 0 ? 0 : 1;
