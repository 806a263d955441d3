// The notes that a clone's virtual machine carries in vCenter: text of the user's with names in braces filled in. A name
// that isn't known stays as it is, because braces may be the user's own text.
import { withoutForbidden } from '../util/xml-text.ts';

/** What the names in braces stand for. */
export interface NoteValues {
  /** Name of the BaseSnapshot. */
  readonly base: string;
  /** Name of the vSphere snapshot. */
  readonly snapshot: string;
  /** RFC 3339. */
  readonly createdAt: string;
  /** Empty while nobody has the clone. */
  readonly assignedTo: string;
}

/**
 * `text` with {base}, {snapshot}, {createdAt} and {assignedTo} filled in, once: what is filled in isn't read again. The name
 * of a snapshot is whatever somebody gave it.
 */
export function fillNotes(text: string, values: NoteValues): string {
  return text.replaceAll(/\{(base|snapshot|createdAt|assignedTo)\}/g, (_, name: keyof NoteValues) =>
    withoutForbidden(values[name]),
  );
}
