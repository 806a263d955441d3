// The reply of a call that worked: `<XResponse>` with the return value as the schema declares it.
import type { MethodDef } from '../schema/schema.ts';
import { EVERYTHING } from '../schema/version-view.ts';
import { encodeElement, encodeList } from './encode-value.ts';
import { wrapReply } from './envelope.ts';
import { VIM_NS } from './namespaces.ts';

export function encodeReply(method: MethodDef, result: unknown, view = EVERYTHING): string {
  const out: string[] = [`<${method.name}Response xmlns="${VIM_NS}">`];
  const { type, list } = method.returns;
  if (type !== 'void') {
    if (list) encodeList(out, 'returnval', result, type, view);
    else encodeElement(out, 'returnval', result, type, view);
  }
  out.push(`</${method.name}Response>`);
  return wrapReply(out.join(''));
}
