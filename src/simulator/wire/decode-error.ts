// What a strict reader says about a request it can't accept. It collects its context on the way up, innermost first, in
// the way vCenter words it ("Unexpected element tag … seen … while parsing …"), and becomes the fault InvalidRequest.

export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

/** Runs `read`; what goes wrong in it is told with `context`. */
export function whileParsing<T>(context: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new DecodeError(`${error.message}\n\nwhile parsing ${context}`, { cause: error.cause });
  }
}
