/**
 * node --conditions=@hyperfunc/source scripts/run.mjs apps/<app>/src/<file>.ts [arguments]
 *
 * Installs what the app needs and runs the program from source in this very process, so that signals,
 * arguments and the exit code are the program's own.
 */
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ensureInstalled } from "./install.mjs";

const [program, ...rest] = process.argv.slice(2);
const app = program.split("/").slice(0, 2).join("/");
ensureInstalled(app);
dropEchoedInterrupts();

const file = resolve(program);
process.argv = [process.argv[0], file, ...rest];
const tsx = createRequire(resolve(app, "package.json")).resolve("tsx");
await import(pathToFileURL(tsx).href); // the same as `node --import tsx`
await import(pathToFileURL(file).href);

/** One Ctrl-C under npm arrives twice: from the terminal and from npm. The program's handler gets it once. */
function dropEchoedInterrupts() {
  const emit = process.emit;
  const ignore = () => undefined;
  process.emit = function (event, ...values) {
    if (event !== "SIGINT") return emit.call(this, event, ...values);
    if (process.listeners("SIGINT").includes(ignore)) return true;
    process.on("SIGINT", ignore); // without a listener left by once(), the echo would kill the process
    setTimeout(() => process.off("SIGINT", ignore), 300).unref();
    return emit.call(this, event, ...values);
  };
}
