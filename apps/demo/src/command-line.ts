import { parseArgs } from "node:util";

export interface CommandLine {
  /** Seconds of training to plan for. */
  readonly seconds: number;
  /** Generations instead of seconds, for runs that must be the same on every machine. */
  readonly generations: number | undefined;
  readonly seed: number;
  readonly load: boolean;
  readonly resume: boolean;
  readonly save: boolean;
  /** Ends with the report as one line of JSON. */
  readonly json: boolean;
}

export const USAGE = `npm run demo -- [options]
  --seconds N       train for about N seconds (default 60)
  --generations N   train for exactly N generations instead
  --seed N          another start and other noise (default 0)
  --load            use the saved model, do not train
  --resume          continue a run that was interrupted with Ctrl-C
  --no-save         leave no model and no checkpoint behind
  --json            end with the report as one line of JSON`;

export function readCommandLine(args: string[]): CommandLine | "help" {
  try {
    return parse(args);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`, {
      cause: error,
    });
  }
}

function parse(args: string[]): CommandLine | "help" {
  const { values } = parseArgs({
    args,
    allowNegative: true,
    options: {
      seconds: { type: "string", default: "60" },
      generations: { type: "string" },
      seed: { type: "string", default: "0" },
      load: { type: "boolean", default: false },
      resume: { type: "boolean", default: false },
      save: { type: "boolean", default: true },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  const { generations } = values;
  return {
    seconds: positive("--seconds", values.seconds),
    generations: generations === undefined ? undefined : Math.ceil(positive("--generations", generations)),
    seed: whole("--seed", values.seed),
    load: values.load,
    resume: values.resume,
    save: values.save,
    json: values.json,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new RangeError(`${name} takes a positive number, got "${text}".`);
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new RangeError(`${name} takes a whole number, got "${text}".`);
}
