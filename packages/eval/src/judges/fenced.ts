/** Texts that a judge is shown, kept apart from what it is told. */
import { createHash } from "node:crypto";
import { shownJson } from "./shown-json.js";

/** A named text that is data: the output to judge, what was expected, the task. */
export interface Section {
  readonly title: string;
  readonly value: unknown;
}

/**
 * Sections between marks that none of them can contain: the marks carry a hash of all their contents, so a text that
 * closes its own fence would have to hold its own hash.
 */
export function fenced(sections: readonly Section[]): { readonly text: string; readonly mark: string } {
  const shown = sections.map(({ title, value }) => {
    const { text: content, problem } = { text: "", ...shownJson(value) };
    return { title, content: problem === undefined ? content : `(${problem})` };
  });
  const mark = createHash("sha256").update(JSON.stringify(shown)).digest("hex").slice(0, 16);
  const text = shown
    .map(({ title, content }) => `## ${title}\n<data-${mark}>\n${content}\n</data-${mark}>`)
    .join("\n\n");
  return { text, mark };
}
