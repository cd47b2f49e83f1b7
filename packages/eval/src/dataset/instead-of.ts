/** What error messages say of an unknown name. */
import { nearNames } from "@hyperfunc/core";

const MOST_LISTED = 20;

/** What a message about an unknown name ends with: `did you mean "answer"? There are "question", "answer".` */
export function insteadOf(name: string, known: Iterable<string>): string {
  const names = [...known];
  if (names.length === 0) return "there are none.";
  const near = nearNames(name, names).map(quoted);
  const more = names.length > MOST_LISTED ? `, and ${names.length - MOST_LISTED} more` : "";
  const listed = `${names.slice(0, MOST_LISTED).map(quoted).join(", ")}${more}.`;
  return near.length === 0 ? `there are ${listed}` : `did you mean ${near.join(" or ")}? There are ${listed}`;
}

function quoted(name: string): string {
  return JSON.stringify(name);
}
