// Text → what may stand between tags or in an attribute. Characters that XML 1.0 can't carry are replaced, so that no
// name from an inventory can make a reply unreadable.

// oxlint-disable-next-line no-control-regex -- these are exactly the characters to find
const SPECIAL = /[&<>"\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
// oxlint-disable-next-line no-control-regex -- as above
const EACH_SPECIAL = /[&<>"\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
const REPLACEMENTS: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  // A bare carriage return would come back as a line feed.
  ['\r', '&#13;'],
]);

export function escapeXml(text: string): string {
  if (!SPECIAL.test(text)) return text;
  return text.replace(EACH_SPECIAL, (character) => REPLACEMENTS.get(character) ?? '\ufffd');
}
