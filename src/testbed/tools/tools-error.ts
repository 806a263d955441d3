// The testbed lacks a counterpart, and a human has to install something or set a variable: the message says which.

/** Its message is complete: show it without a stack trace. */
export class ToolsError extends Error {
  override readonly name = 'ToolsError';
}
