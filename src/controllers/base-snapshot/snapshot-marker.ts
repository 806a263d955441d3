// How a snapshot that we created is known again: a marker at the end of its description. Names aren't unique, and a
// reply to CreateSnapshot can get lost.

/** The description with the marker behind it. */
export function describeSnapshot(description: string | undefined, cluster: string, uid: string): string {
  const marker = `[linkedclone.dev/owner=${cluster}/${uid}]`;
  return description === undefined || description === '' ? marker : `${description}\n${marker}`;
}

/** True when the description ends with the marker of this base in this cluster. */
export function isOurSnapshot(description: string, cluster: string, uid: string): boolean {
  return description.trimEnd().endsWith(`[linkedclone.dev/owner=${cluster}/${uid}]`);
}
