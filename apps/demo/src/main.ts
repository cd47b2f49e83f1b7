import process from "node:process";

const options = process.argv.slice(2);
process.once("SIGINT", () => process.exit(130));
console.log(`The demo is not written yet (options: ${options.join(" ") || "none"}).`);
