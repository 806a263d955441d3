// Lets jest load TypeScript: Node's own type stripping keeps line numbers, so no source maps are needed.
import { stripTypeScriptTypes } from 'node:module';

export default { process: (source) => ({ code: stripTypeScriptTypes(source) }) };
