// Names of virtual machines and folders as vCenter stores them: `%`, `/` and `\` are kept percent-encoded inside the
// inventory (a slash separates the steps of an inventory path), everything else is as people wrote it.

const ENCODED: Readonly<Record<string, string>> = { '%': '%25', '/': '%2f', '\\': '%5c' };
const DECODED: Readonly<Record<string, string>> = { '%25': '%', '%2f': '/', '%5c': '\\' };

/** A name as it has to be sent in an argument (documented at `VirtualMachineConfigSpec.name` of the vSphere API). */
export function escapeName(name: string): string {
  return name.replace(/[%/\\]/g, (character) => ENCODED[character] ?? character);
}

/** What people call an object, from the `name` property that vCenter answers. Other percent sequences stay as they are. */
export function unescapeName(name: string): string {
  return name.replace(/%(?:25|2f|5c)/gi, (sequence) => DECODED[sequence.toLowerCase()] ?? sequence);
}
