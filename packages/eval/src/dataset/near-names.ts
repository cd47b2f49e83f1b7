/** Names that a misspelt one may have meant, for error messages. */

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

/** At most three names within a third of the length of `name`, nearest first. */
function nearNames(name: string, names: readonly string[]): string[] {
  const most = Math.max(1, Math.floor(name.length / 3));
  return names
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= most)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

function quoted(name: string): string {
  return JSON.stringify(name);
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substituted, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
