// A value as JSON text, written as Go writes it. The API server compares some fields byte by byte with what it has once
// written itself (a ControllerRevision's `data` is immutable), so text that differs only in how a character is escaped
// would look like a change, and the garbage collector could never take an owner off such an object.

const ESCAPED = /[<>&\u2028\u2029]/g;

/** JSON with `<`, `>`, `&` and the two line separators of Unicode escaped (encoding/json, SetEscapeHTML). */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    ESCAPED,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
