// Freezes JSON data all the way down: objects in the cache are shared by everyone, and a write to one must fail loudly
// where it happens (modules are strict mode) instead of changing what others read.

/** Freezes `value` and everything in it, in place, and returns it. For trees only, as JSON.parse makes them. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) deepFreeze(member);
  return Object.freeze(value);
}
