// Makes text from elsewhere fit for messages and events: one line, no control characters, a bounded number of bytes.

/** Control characters, and those that reorder or hide text (bidirectional marks, zero-width characters). */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\u2028\u2029]+/gu;

/** `text` on one line, cut at `maxBytes` of UTF-8 (an ellipsis included), never inside a character. */
export function plainText(text: string, maxBytes: number): string {
  const clean = text.replaceAll(UNPRINTABLE, ' ').trim();
  if (Buffer.byteLength(clean) <= maxBytes) return clean;
  const room = maxBytes - Buffer.byteLength('…');
  let bytes = 0;
  let kept = '';
  for (const character of clean) {
    bytes += Buffer.byteLength(character);
    if (bytes > room) break;
    kept += character;
  }
  return `${kept}…`;
}
