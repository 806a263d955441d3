// Jest runs test files in a realm of their own, whose Error isn't the Error of Node's core: `error instanceof Error` would
// be false for every failed file or network operation, in tests only. Here it asks what the value is, not where it's from.

const ordinaryHasInstance = Function.prototype[Symbol.hasInstance];

Object.defineProperty(Error, Symbol.hasInstance, {
  configurable: true,
  value(this: unknown, value: unknown): boolean {
    // Classes that extend Error inherit this; for them the question is the ordinary one.
    return this === Error ? isError(value) : ordinaryHasInstance.call(this as () => void, value);
  },
});

function isError(value: unknown): boolean {
  const text: unknown = Object.prototype.toString.call(value);
  return text === '[object Error]' || text === '[object DOMException]' || ordinaryHasInstance.call(Error, value);
}
