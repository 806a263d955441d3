// To be imported first by a process that counts its memory. @kubernetes/client-node's configuration imports all of its
// generated API clients for one method (makeApiClient) that nothing here calls: 33 MB. That import gets an empty stand-in.
import { registerHooks } from 'node:module';

const STAND_IN = 'data:text/javascript,export const createConfiguration = undefined, ServerConfiguration = undefined;';

registerHooks({
  resolve(specifier, context, nextResolve) {
    const fromConfig = context.parentURL?.endsWith('/@kubernetes/client-node/dist/config.js') === true;
    return fromConfig && specifier === './gen/index.js'
      ? { url: STAND_IN, format: 'module', shortCircuit: true }
      : nextResolve(specifier, context);
  },
});
