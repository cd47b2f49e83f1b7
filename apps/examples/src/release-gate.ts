/**
 * A classifier of support mails, two versions of it: is the new one better, and may it be released?
 *
 * The rows come from a dataset in a file, the scores from a rule; a gate compares them with those of the last release and
 * stops the one that became worse.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ClassificationAccuracy,
  compare,
  Dataset,
  EvalGate,
  evaluateScorer,
  saveBaseline,
  type EvaluationReport,
} from "@hyperfunc/eval";

type Classifier = (mail: string) => string;

const subjects = ["my invoice", "the refund", "a crash", "the login", "an export", "the newsletter"];
const wishes = ["is wrong", "is missing", "does not work", "came twice", "takes for ever"];
const team = (mail: string): string =>
  /invoice|refund/.test(mail) ? "billing" : /newsletter/.test(mail) ? "marketing" : "support";
const mails = subjects.flatMap((subject) => wishes.map((wish) => `Hello, ${subject} ${wish}.`));

const folder = await mkdtemp(join(tmpdir(), "hyperfunc-example-"));
const file = join(folder, "mails.csv");
await writeFile(file, ["mail,team", ...mails.map((mail) => `"${mail}",${team(mail)}`)].join("\n"));
const data = await Dataset.fromCsv(file, { inputs: ["mail"], expected: "team" });

async function evaluated(classify: Classifier): Promise<EvaluationReport> {
  const rows = data.examples.map(({ id, inputs, expected }) => ({
    id,
    expected,
    output: classify(inputs.mail),
  }));
  return evaluateScorer(new ClassificationAccuracy(), rows);
}

const released: Classifier = (mail) => (mail.includes("invoice") ? "billing" : "support");
const better: Classifier = (mail) => (/invoice|refund/.test(mail) ? "billing" : "support");
const worse: Classifier = (mail) => (mail.includes("twice") ? "billing" : "support");

const before = await evaluated(released);
const baseline = join(folder, "baseline.json");
await saveBaseline(baseline, { accuracy: before });

const { difference, interval, mcNemar } = compare(await evaluated(better), before);
console.log(
  `better by ${difference.toFixed(2)}, ${interval?.low.toFixed(2)} to ${interval?.high.toFixed(2)}, p ${mcNemar?.p}`,
);
const gate = new EvalGate({ baseline });
for (const classify of [better, worse]) {
  const { passed, table } = await gate.check({ accuracy: await evaluated(classify) });
  console.log(`\n${table}\n${passed ? "may be released" : "stopped"}`);
}
await rm(folder, { recursive: true });
